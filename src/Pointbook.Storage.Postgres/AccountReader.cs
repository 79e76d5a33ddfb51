using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists accounts, and finds those that are marked as damaged.</summary>
internal sealed class AccountReader(NpgsqlDataSource source, int partition)
{
    public const string ListSql =
        """
        SELECT account
        FROM account
        WHERE partition = $1 AND account >= $2 AND account < $3 AND account > $4
        ORDER BY account
        LIMIT $5
        """;

    // Account keys are ASCII. So every key with a prefix sorts before the prefix followed by the last character of Unicode.
    private const string BehindEveryKey = "\U0010FFFF";

    /// <summary>Checks whether an account is marked as damaged. The caller must first read its rows: a mark stays, and later writes are not in those rows.</summary>
    /// <exception cref="AccountDamagedException">The account is marked.</exception>
    public async ValueTask ThrowIfDamagedAsync(AccountId account, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> damages = await ListReader.ReadAsync(
            source,
            "SELECT damage FROM damaged_account WHERE partition = $1 AND account = $2",
            parameters => parameters.AddInt(partition).AddText(account.Value),
            row => row.GetString(0),
            cancellationToken).ConfigureAwait(false);
        if (damages is [string damage])
        {
            throw new AccountDamagedException(account, damage);
        }
    }

    /// <summary>Lists accounts. Skips rows with an invalid account key, so it continues until there are enough valid ones.</summary>
    public async ValueTask<AccountTexts> ListAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken)
    {
        AccountTexts accounts = new();
        if (prefix.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            // No key begins with this prefix, and the server may reject it as text.
            return accounts;
        }

        string last = after?.Value ?? string.Empty;
        while (accounts.Accounts.Count < countMax)
        {
            int missing = countMax - accounts.Accounts.Count;
            IReadOnlyList<string> texts = await ListReader.ReadAsync(
                source,
                ListSql,
                parameters => parameters.AddInt(partition).AddText(prefix).AddText(prefix + BehindEveryKey).AddText(last).AddInt(missing),
                row => row.GetString(0),
                cancellationToken).ConfigureAwait(false);
            accounts.AddAll(texts);
            if (texts.Count < missing)
            {
                break;
            }

            last = texts[^1];
        }

        return accounts;
    }
}

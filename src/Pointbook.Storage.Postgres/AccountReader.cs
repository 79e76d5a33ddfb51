using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
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

    // Account keys are ASCII, so everything that begins with a prefix comes before the prefix with the last character there is.
    private const string BehindEveryKey = "\U0010FFFF";

    /// <summary>Looks whether an account is marked as damaged. To be called after its rows were read: a mark stays, and what was written after it is not in the rows.</summary>
    /// <exception cref="AccountDamagedException">It is.</exception>
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

    /// <summary>Lists accounts. Rows whose account key is invalid are passed over, so it reads on until there are enough others.</summary>
    public async ValueTask<AccountTexts> ListAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken)
    {
        AccountTexts accounts = new();
        if (prefix.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            // No key begins like this, and the server may refuse it as a text.
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

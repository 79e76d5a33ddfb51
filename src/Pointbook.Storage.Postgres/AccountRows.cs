using Npgsql;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The rows of some accounts, with their marks, and with the part of the directory that knows of those without a row. Used once.</summary>
/// <remarks>All of it is read in one batch, which has to see one moment: an account that gets its row in between would pass for one that lost it.</remarks>
internal sealed class AccountRows
{
    /// <summary>What <see cref="ReadAccount.Take"/> reads.</summary>
    public const string Columns = "account, stands_at, next_due, oldest_key, snapshot";

    public const string RowsSql = $"SELECT {Columns} FROM account WHERE account = ANY ($1) AND partition = $2";

    private const string MarksSql = "SELECT account, damage FROM damaged_account WHERE account = ANY ($1) AND partition = $2";

    private readonly int _partition;
    private readonly bool _checksDirectory;
    private readonly Dictionary<string, ReadAccount> _accounts;

    /// <summary>Rows that are to be read.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="accounts">The accounts, each once.</param>
    /// <param name="checksDirectory">Whether an account that has a row and is not in the directory is damaged.</param>
    public AccountRows(int partition, IEnumerable<AccountId> accounts, bool checksDirectory = false)
    {
        _partition = partition;
        _checksDirectory = checksDirectory;
        Accounts = [.. accounts.Select(account => new ReadAccount(account))];
        _accounts = Accounts.ToDictionary(account => account.Account.Value, StringComparer.Ordinal);
        Directory = new AccountDirectory(partition);
    }

    /// <summary>The accounts, in the order in which they were named.</summary>
    public IReadOnlyList<ReadAccount> Accounts { get; }

    /// <summary>The buckets into which the accounts without a row fall.</summary>
    public AccountDirectory Directory { get; }

    /// <summary>Adds the statements.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        string[] keys = [.. _accounts.Keys];
        batch.Add(MarksSql).AddTexts(keys).AddInt(_partition);
        batch.Add(RowsSql).AddTexts(keys).AddInt(_partition);
        Directory.AddTo(batch, Accounts, ofAll: _checksDirectory);
    }

    /// <summary>Takes the results of the statements, which come next.</summary>
    public async Task TakeAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        await TakeNextAsync(row, () => _accounts[row.GetString(0)].Mark(row.GetString(1)), cancellationToken).ConfigureAwait(false);
        await TakeNextAsync(row, () => _accounts[row.GetString(0)].Take(row), cancellationToken).ConfigureAwait(false);
        await TakeNextAsync(row, () => Directory.Take(row), cancellationToken).ConfigureAwait(false);
        foreach (ReadAccount account in Accounts)
        {
            account.Try(_ => Check(account));
        }
    }

    private void Check(ReadAccount account)
    {
        if (!account.HasRow)
        {
            Directory.ThrowIfKnown(account.Account);
        }
        else if (_checksDirectory)
        {
            Directory.ThrowIfUnknown(account.Account);
        }
    }

    private static async Task TakeNextAsync(NpgsqlDataReader row, Action take, CancellationToken cancellationToken)
    {
        await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            take();
        }
    }
}

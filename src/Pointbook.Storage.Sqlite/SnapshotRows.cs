using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the snapshots of accounts, inside a transaction of the caller. Not thread-safe.</summary>
/// <param name="prepare">Prepares a statement.</param>
/// <param name="buffers">Memory for one account at a time; null if the caller keeps accounts.</param>
internal sealed class SnapshotRows(Func<string, Statement> prepare, AccountBuffers? buffers = null)
{
    public const string RowColumns = "stands_at, next_due, oldest_key, snapshot";

    private readonly Statement _row = prepare($"SELECT {RowColumns} FROM account WHERE account = ?1");
    private readonly Statement _chunk = prepare("SELECT body FROM account_chunk WHERE account = ?1 AND chunk = ?2");
    private readonly Statement _newest = prepare("SELECT max(first_sequence) FROM operation WHERE opening = ?1");
    private readonly Statement _bucketCount = prepare("SELECT coalesce(max(bucket), 0) FROM account_bucket");
    private readonly Statement _bucket = prepare("SELECT body FROM account_bucket WHERE bucket = ?1");

    /// <summary>Reads an account. Returns one without entries if the account does not exist.</summary>
    /// <exception cref="InvalidRowException">The row is damaged, or older than the index of operations, or missing although the directory contains the account.</exception>
    public StoredAccount Read(AccountId account) => Find(account) ?? StoredAccount.Empty(account, buffers);

    /// <summary>Reads an account, and compares it with the directory.</summary>
    /// <exception cref="InvalidRowException">The row is damaged, or the directory does not match.</exception>
    public StoredAccount ReadKnown(AccountId account)
    {
        if (Find(account) is not { } found)
        {
            return StoredAccount.Empty(account, buffers);
        }

        ReadBucket(DirectoryBucket.HashOf(account) % CountBuckets()).ThrowIfUnknown(account);
        return found;
    }

    /// <summary>Reads an account. Returns null if the account does not exist.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public StoredAccount? Find(AccountId account)
    {
        StoredAccount? found = FindRow(account);
        if (found is null)
        {
            ReadBucket(DirectoryBucket.HashOf(account) % CountBuckets()).ThrowIfKnown(account);
        }
        else
        {
            found.CheckLastOperation(FindNewest(found.Row.Opening));
        }

        return found;
    }

    private Sequence? FindNewest(Sequence opening)
    {
        _newest.Bind(1, opening.Value).Step();
        Sequence? newest = _newest.IsNull(0) ? null : new Sequence(_newest.Int64(0));
        _newest.Reset();
        return newest;
    }

    /// <summary>Reads the row of an account. Returns null if there is none. Does not check the directory or the index of operations.</summary>
    /// <exception cref="InvalidRowException">The row is damaged.</exception>
    public StoredAccount? FindRow(AccountId account)
    {
        if (!_row.Bind(1, account.Value).Step())
        {
            return null;
        }

        StoredRow row = RowAt(_row, 0, buffers);
        _row.Reset();
        return StoredAccount.Read(account, row, buffers);
    }

    /// <summary>Reads chunks of an account and gives them to it.</summary>
    /// <exception cref="InvalidRowException">A chunk is missing or damaged.</exception>
    public void Provide(StoredAccount account, IReadOnlyList<long> chunks)
    {
        foreach (long chunk in chunks)
        {
            if (!_chunk.Bind(1, account.Account.Value).Bind(2, chunk).Step())
            {
                throw new InvalidRowException($"chunk {chunk} is missing");
            }

            account.Provide(chunk, _chunk.Bytes(0));
            _chunk.Reset();
        }
    }

    /// <summary>Counts the buckets of the directory.</summary>
    public int CountBuckets()
    {
        _bucketCount.Step();
        int count = DirectoryBucket.CountFor(_bucketCount.Int64(0));
        _bucketCount.Reset();
        return count;
    }

    /// <summary>Reads a bucket of the directory.</summary>
    /// <exception cref="InvalidRowException">The bucket is missing or damaged.</exception>
    public DirectoryBucket ReadBucket(int number)
    {
        int count = CountBuckets();
        byte[]? bytes = _bucket.Bind(1, number).Step() ? _bucket.Bytes(0).ToArray() : null;
        _bucket.Reset();
        return DirectoryBucket.Read(number, count, bytes);
    }

    /// <summary>Resets all statements after one stopped before its end.</summary>
    public void Abandon()
    {
        _row.Abandon();
        _chunk.Abandon();
        _newest.Abandon();
        _bucketCount.Abandon();
        _bucket.Abandon();
    }

    /// <summary>Reads the columns of <see cref="RowColumns"/>.</summary>
    /// <param name="row">The statement.</param>
    /// <param name="column">The index of the first column.</param>
    /// <param name="buffers">Memory for the bytes of the row; null to allocate it.</param>
    public static StoredRow RowAt(Statement row, int column, AccountBuffers? buffers = null)
    {
        ReadOnlySpan<byte> snapshot = row.Bytes(column + 3);
        return new StoredRow(
            new Sequence(row.Int64(column)), row.OptionalInt64(column + 1), row.OptionalInt64(column + 2), buffers?.Copy(snapshot) ?? snapshot.ToArray());
    }
}

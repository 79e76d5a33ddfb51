using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Adds accounts to the directory, within transactions of the caller. Not thread-safe.</summary>
internal sealed class DirectoryWriter(StatementSet statements, SnapshotRows rows)
{
    private readonly Statement _write = statements.Prepare("INSERT OR REPLACE INTO account_bucket (bucket, body) VALUES (?1, ?2)");
    private readonly Statement _count = statements.Prepare("UPDATE projection_position SET accounts = accounts + ?1 RETURNING accounts");
    private readonly SortedDictionary<int, DirectoryBucket> _changed = [];
    private int _buckets;
    private int _added;

    /// <summary>Begins a transaction.</summary>
    public void Begin()
    {
        _changed.Clear();
        _buckets = rows.CountBuckets();
        _added = 0;
    }

    /// <summary>Adds an account that gets a row.</summary>
    /// <exception cref="Pointbook.Engine.InvalidRowException">The account has had a row, or the bucket is damaged.</exception>
    public void Add(AccountId account)
    {
        int number = DirectoryBucket.HashOf(account) % _buckets;
        if (!_changed.TryGetValue(number, out DirectoryBucket? bucket))
        {
            bucket = rows.ReadBucket(number);
            _changed.Add(number, bucket);
        }

        bucket.Add(account);
        _added++;
    }

    /// <summary>Writes what was added, before the transaction ends.</summary>
    public void Write()
    {
        if (_added == 0)
        {
            return;
        }

        foreach (DirectoryBucket bucket in _changed.Values)
        {
            Write(bucket);
        }

        _count.Bind(1, _added).Step();
        long accounts = _count.Int64(0);
        _count.Step();
        if (accounts > (long)_buckets * DirectoryBucket.AccountsPerBucketMax)
        {
            Grow(accounts);
        }
    }

    private void Grow(long accounts)
    {
        IReadOnlyList<DirectoryBucket> buckets = [.. Enumerable.Range(0, _buckets).Select(rows.ReadBucket)];
        while (accounts > (long)buckets.Count * DirectoryBucket.AccountsPerBucketMax)
        {
            buckets = DirectoryBucket.Grow(buckets);
        }

        foreach (DirectoryBucket bucket in buckets)
        {
            Write(bucket);
        }
    }

    private void Write(DirectoryBucket bucket) => _write.Bind(1, bucket.Number).Bind(2, bucket.ToBytes()).Run();
}

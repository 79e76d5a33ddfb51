using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Adds accounts to the directory, within transactions of the caller. Not thread-safe.</summary>
internal sealed class DirectoryWriter(StatementSet statements, SnapshotRows rows)
{
    private readonly Statement _write = statements.Prepare("INSERT OR REPLACE INTO account_bucket (bucket, body) VALUES (?1, ?2)");
    private readonly Statement _count = statements.Prepare("UPDATE projection_position SET accounts = min(accounts, 4000000000000000000) + ?1 RETURNING accounts");
    private readonly Statement _setCount = statements.Prepare("UPDATE projection_position SET accounts = ?1");
    private readonly SortedDictionary<int, DirectoryBucket> _changed = [];
    private int _buckets;
    private int _added;
    private bool _canGrow = true;

    /// <summary>Begins a transaction.</summary>
    public void Begin()
    {
        _changed.Clear();
        _buckets = rows.CountBuckets();
        _added = 0;
    }

    /// <summary>Adds an account that gets a row.</summary>
    /// <exception cref="InvalidRowException">The account has had a row, or the bucket is damaged.</exception>
    public void Add(AccountId account)
    {
        BucketFor(account).Add(account);
        _added++;
    }

    /// <summary>Refuses an account that is in the directory.</summary>
    /// <exception cref="InvalidRowException">It is, or the bucket is damaged.</exception>
    public void ThrowIfKnown(AccountId account) => BucketFor(account).ThrowIfKnown(account);

    /// <summary>Adds an account whose rows are written again, unless it is in the directory.</summary>
    /// <exception cref="InvalidRowException">The bucket is damaged.</exception>
    public void AddAgain(AccountId account) => _added += BucketFor(account).TryAdd(account) ? 1 : 0;

    private DirectoryBucket BucketFor(AccountId account)
    {
        int number = DirectoryBucket.HashOf(account) % _buckets;
        if (!_changed.TryGetValue(number, out DirectoryBucket? bucket))
        {
            bucket = rows.ReadBucket(number);
            _changed.Add(number, bucket);
        }

        return bucket;
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
        if (accounts > (long)_buckets * DirectoryBucket.AccountsPerBucketMax && _canGrow)
        {
            _canGrow = TryGrow();
        }
    }

    /// <returns>False if a bucket is damaged. The directory stays as it is then, until it is rebuilt.</returns>
    private bool TryGrow()
    {
        IReadOnlyList<DirectoryBucket> buckets;
        try
        {
            buckets = [.. Enumerable.Range(0, _buckets).Select(rows.ReadBucket)];
        }
        catch (InvalidRowException)
        {
            return false;
        }

        // The number that is kept beside the directory may be wrong; this one is right.
        long accounts = buckets.Sum(bucket => (long)bucket.AccountCount);
        _setCount.Bind(1, accounts).Run();
        while (accounts > (long)buckets.Count * DirectoryBucket.AccountsPerBucketMax)
        {
            buckets = DirectoryBucket.Grow(buckets);
        }

        foreach (DirectoryBucket bucket in buckets)
        {
            Write(bucket);
        }

        return true;
    }

    private void Write(DirectoryBucket bucket) => _write.Bind(1, bucket.Number).Bind(2, bucket.ToBytes()).Run();
}

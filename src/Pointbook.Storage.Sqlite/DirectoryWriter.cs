using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Adds accounts to the directory and removes them, inside transactions of the caller. Not thread-safe.</summary>
internal sealed class DirectoryWriter(StatementSet statements, SnapshotRows rows)
{
    private readonly Statement _write = statements.Prepare("INSERT OR REPLACE INTO account_bucket (bucket, body) VALUES (?1, ?2)");
    private readonly Statement _count = statements.Prepare("UPDATE account_store_position SET accounts = min(accounts, 4000000000000000000) + ?1 RETURNING accounts");
    private readonly Statement _setCount = statements.Prepare("UPDATE account_store_position SET accounts = ?1");
    private readonly Statement _deleteAll = statements.Prepare("DELETE FROM account_bucket");
    private readonly SortedDictionary<int, DirectoryBucket> _changed = [];
    private int _buckets;
    private int _added;
    private bool _isChanged;

    /// <summary>The damage that kept the directory from growing in this round, without a full stop; null if there was none. One attempt per round is enough.</summary>
    public string? Damage { get; private set; }

    /// <summary>Begins a round.</summary>
    public void BeginRound() => Damage = null;

    /// <summary>Begins a transaction.</summary>
    public void Begin()
    {
        _changed.Clear();
        _buckets = rows.CountBuckets();
        (_added, _isChanged) = (0, false);
    }

    /// <summary>Adds an account that gets its first row.</summary>
    /// <exception cref="InvalidRowException">The directory already contains the account, or the bucket is damaged.</exception>
    public void Add(AccountId account)
    {
        BucketFor(account).Add(account);
        (_added, _isChanged) = (_added + 1, true);
        GrowIfCrowded();
    }

    /// <summary>Removes an account whose row is deleted, if it is in the directory.</summary>
    /// <exception cref="InvalidRowException">The bucket is damaged.</exception>
    public void Remove(AccountId account)
    {
        if (BucketFor(account).Remove(account))
        {
            (_added, _isChanged) = (_added - 1, true);
        }
    }

    /// <summary>Rejects an account that is in the directory although the journal has no entry of it.</summary>
    /// <exception cref="DirectoryDamagedException">The directory contains the account, or the bucket is damaged.</exception>
    public void ThrowIfListed(AccountId account) => BucketFor(account).ThrowIfListed(account);

    /// <summary>Adds an account whose rows are rewritten, unless the directory already contains it.</summary>
    /// <exception cref="InvalidRowException">The bucket is damaged.</exception>
    public void AddAgain(AccountId account)
    {
        if (BucketFor(account).TryAdd(account))
        {
            (_added, _isChanged) = (_added + 1, true);
        }
    }

    // A bucket compares each digest with all others in it, so a long transaction must not collect many accounts in few buckets.
    private void GrowIfCrowded()
    {
        if (Damage is null && _added >= (long)_buckets * DirectoryBucket.AccountsPerBucketMax)
        {
            Write();
            Begin();
        }
    }

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

    /// <summary>Rewrites the whole directory, in a separate transaction.</summary>
    public void Rewrite(AccountLists lists)
    {
        _deleteAll.Run();
        foreach (DirectoryBucket bucket in lists.Directory)
        {
            Write(bucket);
        }

        _setCount.Bind(1, lists.AccountCount).Run();
    }

    /// <summary>Writes the changes. The caller must call this before the transaction ends.</summary>
    public void Write()
    {
        if (!_isChanged)
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
        if (accounts > (long)_buckets * DirectoryBucket.AccountsPerBucketMax && Damage is null)
        {
            Grow();
        }
    }

    /// <summary>Adds buckets. If a bucket is damaged, the directory stays unchanged until it is rewritten.</summary>
    private void Grow()
    {
        IReadOnlyList<DirectoryBucket> buckets;
        try
        {
            buckets = [.. Enumerable.Range(0, _buckets).Select(rows.ReadBucket)];
        }
        catch (DirectoryDamagedException fault)
        {
            Damage = fault.Message;
            return;
        }

        // The count stored beside the directory may be wrong. This count is exact.
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
    }

    private void Write(DirectoryBucket bucket) => _write.Bind(1, bucket.Number).Bind(2, bucket.ToBytes()).Run();
}

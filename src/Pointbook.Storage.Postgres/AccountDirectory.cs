using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The directory buckets of some accounts without a row. A damaged bucket affects only the accounts that fall into it. Used once.</summary>
internal sealed class AccountDirectory(int partition)
{
    /// <summary>Finds the buckets of accounts ($1, with the hashes $2) without a row in a partition ($3). Returns the bucket count, the number and the bytes.</summary>
    /// <remarks>The limits keep the planner from choosing a join. While it estimates the tables as small, a join would read them whole.</remarks>
    public const string FindSql =
        """
        SELECT directory.buckets, wanted.bucket, stored.body
        FROM (
            -- The next power of two, so that a missing row affects only the accounts of its bucket.
            SELECT 1 << length(ltrim(coalesce(max(bucket), 0)::bit(32)::text, '0')) AS buckets FROM account_bucket WHERE partition = $3
        ) AS directory
        CROSS JOIN LATERAL (
            SELECT DISTINCT asked.hash % directory.buckets AS bucket
            FROM unnest($1::text[], $2::integer[]) AS asked (account, hash)
            LEFT JOIN LATERAL (
                SELECT true AS has_row FROM account WHERE account.partition = $3 AND account.account = asked.account LIMIT 1
            ) AS known ON true
            WHERE known.has_row IS NULL
        ) AS wanted
        LEFT JOIN LATERAL (
            SELECT body FROM account_bucket WHERE account_bucket.partition = $3 AND account_bucket.bucket = wanted.bucket LIMIT 1
        ) AS stored ON true
        """;

    /// <summary>Deletes all buckets of a partition ($1).</summary>
    private const string DeleteSql = "DELETE FROM account_bucket WHERE partition = $1";

    private const string ReadAllSql = "SELECT bucket, body FROM account_bucket WHERE partition = $1 ORDER BY bucket";

    private const string WriteSql =
        """
        INSERT INTO account_bucket (partition, bucket, body)
        SELECT $1, bucket, body FROM unnest($2::integer[], $3::bytea[]) AS written (bucket, body)
        ON CONFLICT (partition, bucket) DO UPDATE SET body = excluded.body
        """;

    private const string CountSql = "UPDATE account_store_position SET accounts = $2 WHERE partition = $1";

    private const int BucketsPerStatement = 1_024;

    private readonly Dictionary<int, DirectoryBucket> _buckets = [];
    private readonly Dictionary<int, InvalidRowException> _faults = [];
    private readonly HashSet<int> _changed = [];
    private int _count = 1;

    /// <summary>The number of added accounts minus the number of removed ones.</summary>
    public int Added { get; private set; }

    /// <summary>Adds the statement that finds the buckets.</summary>
    /// <param name="batch">The batch to add it to.</param>
    /// <param name="accounts">The accounts.</param>
    /// <param name="ofAll">Whether to find the buckets of accounts that have a row as well.</param>
    public void AddTo(NpgsqlBatch batch, IReadOnlyList<ReadAccount> accounts, bool ofAll) => batch.Add(FindSql)
        // No account has an empty key, so the bucket is found in any case.
        .AddTexts([.. accounts.Select(account => ofAll ? string.Empty : account.Account.Value)])
        .AddInts([.. accounts.Select(account => DirectoryBucket.HashOf(account.Account))])
        .AddInt(partition);

    /// <summary>Stores a bucket that was found.</summary>
    public void Take(NpgsqlDataReader row)
    {
        _count = row.GetInt32(0);
        int number = row.GetInt32(1);
        try
        {
            _buckets.Add(number, DirectoryBucket.Read(number, _count, row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2)));
        }
        catch (DirectoryDamagedException fault)
        {
            _faults.Add(number, fault);
        }
    }

    /// <summary>Rejects an account that has no row although it is in the directory.</summary>
    /// <exception cref="InvalidRowException">The directory contains the account, or its bucket is damaged.</exception>
    public void ThrowIfKnown(AccountId account) => BucketOf(account).ThrowIfKnown(account);

    /// <summary>Rejects an account that has a row although it is not in the directory. The caller must have read its bucket.</summary>
    /// <exception cref="InvalidRowException">The directory does not contain the account, or its bucket is damaged.</exception>
    public void ThrowIfUnknown(AccountId account) => BucketOf(account).ThrowIfUnknown(account);

    /// <summary>Rejects an account that is in the directory although the journal has no entry of it. The caller must have read its bucket.</summary>
    /// <exception cref="DirectoryDamagedException">The directory contains the account, or its bucket is damaged.</exception>
    public void ThrowIfListed(AccountId account) => BucketOf(account).ThrowIfListed(account);

    /// <summary>Adds an account that gets its first row.</summary>
    /// <exception cref="InvalidRowException">The directory already contains the account, or its bucket is damaged.</exception>
    public void Add(AccountId account)
    {
        DirectoryBucket bucket = BucketOf(account);
        bucket.Add(account);
        _changed.Add(bucket.Number);
        Added++;
    }

    /// <summary>Adds an account whose rows are rewritten, unless it is in the directory. The caller must have read its bucket.</summary>
    /// <exception cref="InvalidRowException">Its bucket is damaged.</exception>
    public void AddAgain(AccountId account)
    {
        DirectoryBucket bucket = BucketOf(account);
        if (bucket.TryAdd(account))
        {
            _changed.Add(bucket.Number);
            Added++;
        }
    }

    /// <summary>Removes an account whose row is deleted, if it is in the directory. The caller must have read its bucket.</summary>
    /// <exception cref="InvalidRowException">Its bucket is damaged.</exception>
    public void Remove(AccountId account)
    {
        DirectoryBucket bucket = BucketOf(account);
        if (bucket.Remove(account))
        {
            _changed.Add(bucket.Number);
            Added--;
        }
    }

    /// <summary>Adds the statements that write the changes, if there are any.</summary>
    /// <param name="batch">The batch to add them to.</param>
    /// <param name="accounts">The number of accounts after the changes.</param>
    public void AddWritesTo(NpgsqlBatch batch, long accounts)
    {
        if (_changed.Count == 0)
        {
            return;
        }

        AddWrites(batch, [.. _changed.Order().Select(number => _buckets[number])]);
        batch.Add(CountSql).AddInt(partition).AddBigint(accounts);
    }

    /// <summary>Whether the directory has too few buckets for a number of accounts.</summary>
    public bool IsFull(long accounts) => accounts > (long)_count * DirectoryBucket.AccountsPerBucketMax;

    /// <summary>Adds buckets. The caller must have written its additions before.</summary>
    /// <exception cref="DirectoryDamagedException">A bucket is damaged. The directory stays unchanged.</exception>
    public async Task GrowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<DirectoryBucket> buckets = await ReadAllAsync(connection, cancellationToken).ConfigureAwait(false);

        // The separately stored count may be wrong. This count is exact.
        long accounts = buckets.Sum(bucket => (long)bucket.AccountCount);
        int before = buckets.Count;
        while (accounts > (long)buckets.Count * DirectoryBucket.AccountsPerBucketMax)
        {
            buckets = DirectoryBucket.Grow(buckets);
        }

        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(CountSql).AddInt(partition).AddBigint(accounts);
            foreach (DirectoryBucket[] some in buckets.Chunk(BucketsPerStatement).Where(_ => buckets.Count > before))
            {
                AddWrites(batch, some);
            }

            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Rewrites the whole directory, whatever it is now, inside a transaction of the caller that has locked the position.</summary>
    public async Task RewriteAsync(NpgsqlConnection connection, AccountLists lists, CancellationToken cancellationToken)
    {
        NpgsqlBatch first = new(connection) { Timeout = AccountStoreReset.TimeoutSeconds };
        await using (first.ConfigureAwait(false))
        {
            first.Add(DeleteSql).AddInt(partition);
            first.Add(CountSql).AddInt(partition).AddBigint(lists.AccountCount);
            await first.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (DirectoryBucket[] some in lists.Directory.Chunk(BucketsPerStatement))
        {
            // One statement for each round trip, so that no statement takes long.
            NpgsqlBatch batch = new(connection) { Timeout = AccountStoreReset.TimeoutSeconds };
            await using (batch.ConfigureAwait(false))
            {
                AddWrites(batch, some);
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void AddWrites(NpgsqlBatch batch, DirectoryBucket[] buckets) => batch.Add(WriteSql)
        .AddInt(partition)
        .AddInts([.. buckets.Select(bucket => bucket.Number)])
        .AddByteas([.. buckets.Select(bucket => (byte[]?)bucket.ToBytes())]);

    /// <exception cref="DirectoryDamagedException">A bucket is missing or damaged.</exception>
    private async Task<IReadOnlyList<DirectoryBucket>> ReadAllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(ReadAllSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                List<DirectoryBucket> buckets = [];
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    buckets.Add(DirectoryBucket.Read(buckets.Count, _count, row.GetInt32(0) == buckets.Count ? row.GetFieldValue<byte[]>(1) : null));
                }

                return buckets.Count == _count ? buckets : throw new DirectoryDamagedException($"bucket {buckets.Count} of the directory is missing");
            }
        }
    }

    private DirectoryBucket BucketOf(AccountId account)
    {
        int number = DirectoryBucket.HashOf(account) % _count;
        return _buckets.TryGetValue(number, out DirectoryBucket? bucket)
            ? bucket
            : throw _faults.GetValueOrDefault(number) ?? new InvalidRowException("its row is missing");
    }
}

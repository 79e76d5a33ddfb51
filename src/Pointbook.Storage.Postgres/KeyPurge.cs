using Npgsql;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Deletes idempotency keys that are too old to count.</summary>
internal sealed class KeyPurge(NpgsqlDataSource source, int partition)
{
    // Keys that somebody else deletes, or uses again, at the same time are passed over, so that nobody waits for anybody. The lock
    // keeps the others as they are until they are gone.
    public const string Sql =
        """
        WITH old AS MATERIALIZED (
            SELECT account, key
            FROM idempotency_key
            WHERE partition = $1 AND decided_at < $2
            ORDER BY decided_at
            LIMIT $3
            FOR UPDATE SKIP LOCKED
        )
        DELETE FROM idempotency_key USING old
        WHERE idempotency_key.partition = $1 AND idempotency_key.account = old.account AND idempotency_key.key = old.key
        RETURNING 1
        """;

    /// <summary>Deletes at most so many, in one transaction.</summary>
    /// <returns>How many were deleted.</returns>
    public async ValueTask<int> RunAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken)
    {
        IReadOnlyList<int> deleted = await ListReader.ReadAsync(
            source,
            Sql,
            parameters => parameters.AddInt(partition).AddTime(decidedBefore).AddInt(countMax),
            row => row.GetInt32(0),
            cancellationToken).ConfigureAwait(false);
        return deleted.Count;
    }
}

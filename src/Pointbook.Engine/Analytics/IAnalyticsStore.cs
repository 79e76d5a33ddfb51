namespace Pointbook.Engine.Analytics;

/// <summary>Relational tables for users of SQL tools, for all partitions of a ledger. Derived from the journals; only these users read them. Thread-safe.</summary>
/// <remarks>Several processes may write to the same tables. The store opens its database only when needed, so an unavailable database does not prevent a start.</remarks>
public interface IAnalyticsStore : IAsyncDisposable
{
    /// <summary>The location of the tables, in words for an operator.</summary>
    string Place { get; }

    /// <summary>Reads the position of a partition's tables. The first call of a process creates the tables if they are missing or of another version.</summary>
    /// <exception cref="StorageFailureException">The store failed, or another process has since changed the version of the tables.</exception>
    ValueTask<AnalyticsPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken);

    /// <summary>Writes a round and moves the position to its end, in one transaction. Overwrites the texts of accounts that the round erases; figures stay.</summary>
    /// <returns>False if the round does not begin at the position; then nothing is written.</returns>
    /// <exception cref="AnalyticsDamagedException">The round does not follow from the existing rows.</exception>
    /// <exception cref="StorageFailureException">The store failed.</exception>
    ValueTask<bool> ApplyAsync(AnalyticsRound round, CancellationToken cancellationToken);

    /// <summary>Deletes a bounded number of a partition's rows. From the first call on, the store writes no round until all rows are gone.</summary>
    /// <returns>Whether all rows are gone, so that an exporter can fill the tables from the first entry.</returns>
    /// <exception cref="StorageFailureException">The store failed.</exception>
    ValueTask<bool> EmptyAsync(int partition, CancellationToken cancellationToken);
}

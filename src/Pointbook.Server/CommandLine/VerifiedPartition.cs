using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.CommandLine;

/// <summary>The journal and the derived tables of a partition, opened to be read.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="OpenProjection">Opens the derived tables, or says why there are none that can be read.</param>
internal sealed record VerifiedPartition(IJournal Journal, Func<(IProjection? Projection, string? Reason)> OpenProjection)
{
    /// <summary>The number of the partition.</summary>
    public int Number => Journal.Partition;

    /// <summary>Opens all partitions of a store. Nothing is changed.</summary>
    /// <param name="stores">The directory, or all databases of the store.</param>
    /// <param name="clock">The clock of the process.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <returns>The partitions by number, and what to dispose of.</returns>
    /// <exception cref="ArgumentFaultException">The arguments do not name one store.</exception>
    public static async Task<(IReadOnlyList<VerifiedPartition> Partitions, IAsyncDisposable Store)> OpenAsync(
        string[] stores, TimeProvider clock, CancellationToken cancellationToken)
    {
        List<StoreAddress> addresses = [.. stores.Select(text => StoreAddress.Parse("--store", text))];
        if (addresses.TrueForAll(address => address.IsPostgres))
        {
            PostgresStoreOptions databases = new() { ConnectionStrings = [.. addresses.Select(address => address.Place)] };
            PostgresStore postgres = await PostgresStore.OpenReadOnlyAsync(databases, cancellationToken);
            return ([.. postgres.Partitions.Select(partition => new VerifiedPartition(partition.Journal, () => (partition.Projection, null)))], postgres);
        }

        if (addresses.Count > 1)
        {
            throw new ArgumentFaultException("Several stores are named; name one directory, or all databases of one store on PostgreSQL.");
        }

        ReadOnlySqliteStore sqlite = ReadOnlySqliteStore.Open(new SqliteStoreOptions { Directory = addresses[0].Place }, clock, isExclusive: false);
        return ([new VerifiedPartition(sqlite.Journal, () => sqlite.OpenProjection())], sqlite);
    }
}

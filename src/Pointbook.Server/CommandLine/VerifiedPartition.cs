using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.CommandLine;

/// <summary>The journal and the derived tables of a partition, opened for reading.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="OpenAccountStore">Opens the account tables, or gives the reason why they cannot be read.</param>
/// <param name="OpenReadModel">Opens the read model, or gives the reason why it cannot be read.</param>
internal sealed record VerifiedPartition(
    IJournal Journal, Func<(IAccountStore? AccountStore, string? Reason)> OpenAccountStore, Func<(IReadModel? ReadModel, string? Reason)> OpenReadModel)
{
    /// <summary>The number of the partition.</summary>
    public int Number => Journal.Partition;

    /// <summary>Opens all partitions of a store. Changes nothing.</summary>
    /// <param name="stores">The directory, or all databases of the store.</param>
    /// <param name="clock">The clock of the process.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The partitions by number, and the store, of which the caller must dispose.</returns>
    /// <exception cref="ArgumentFaultException">The arguments do not name one store.</exception>
    public static async Task<(IReadOnlyList<VerifiedPartition> Partitions, IAsyncDisposable Store)> OpenAsync(
        string[] stores, TimeProvider clock, CancellationToken cancellationToken)
    {
        List<StoreAddress> addresses = [.. stores.Select(text => StoreAddress.Parse("--store", text))];
        if (addresses.TrueForAll(address => address.IsPostgres))
        {
            PostgresStoreOptions databases = new() { ConnectionStrings = [.. addresses.Select(address => address.Place)] };
            PostgresStore postgres = await PostgresStore.OpenReadOnlyAsync(databases, cancellationToken);
            return ([.. postgres.Partitions.Select(ToVerified)], postgres);
        }

        if (addresses.Count > 1)
        {
            throw new ArgumentFaultException("The options name several stores. Name one directory, or all databases of one store on PostgreSQL.");
        }

        ReadOnlySqliteStore sqlite = ReadOnlySqliteStore.Open(new SqliteStoreOptions { Directory = addresses[0].Place }, clock, isExclusive: false);
        return ([new VerifiedPartition(sqlite.Journal, () => sqlite.OpenAccountStore(), () => sqlite.OpenReadModel())], sqlite);
    }

    private static VerifiedPartition ToVerified(StoredPartition partition) =>
        new(partition.Journal, () => (partition.AccountStore, null), () => (partition.ReadModel, null));
}

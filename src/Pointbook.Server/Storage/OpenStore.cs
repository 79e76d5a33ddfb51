using Pointbook.Engine.Analytics;
using Pointbook.Engine.Hosting;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;
using Pointbook.Storage.Sqlite.Analytics;

namespace Pointbook.Server.Storage;

/// <summary>An open store, and its location for an operator.</summary>
/// <param name="Store">The store. The caller that opened it must dispose of it.</param>
/// <param name="Place">A directory, or databases without user and password.</param>
/// <param name="CreateAnalytics">Creates the store's analytics tables: in a file with the given name, or in its first database. It opens nothing yet.</param>
internal sealed record OpenStore(IStore Store, string Place, Func<string, IAnalyticsStore> CreateAnalytics)
{
    /// <summary>Opens the configured store and creates what is missing.</summary>
    /// <exception cref="StoreException">The store cannot be opened.</exception>
    public static async Task<OpenStore> OpenAsync(
        StorageOptions storage, SqliteStoreOptions sqlite, PostgresStoreOptions postgres, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        if (!storage.IsPostgres)
        {
            return new OpenStore(
                SqliteStore.Open(sqlite, clock, logger), Path.GetFullPath(sqlite.Directory), file => SqliteAnalytics.Create(sqlite, file, logger));
        }

        PostgresStore store = await PostgresStore.OpenAsync(postgres, logger, cancellationToken);
        return new OpenStore(store, string.Join(", ", store.DatabaseNames), _ => store.CreateAnalytics(logger));
    }
}

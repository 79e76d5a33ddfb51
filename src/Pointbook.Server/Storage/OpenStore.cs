using Pointbook.Engine.Hosting;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Storage;

/// <summary>A store that is open, and where it is in words for an operator.</summary>
/// <param name="Store">The store. Whoever opened it disposes of it.</param>
/// <param name="Place">A directory, or databases without user and password.</param>
internal sealed record OpenStore(IStore Store, string Place)
{
    /// <summary>Opens the store that is configured, creating what is missing.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static async Task<OpenStore> OpenAsync(
        StorageOptions storage, SqliteStoreOptions sqlite, PostgresStoreOptions postgres, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        if (!storage.IsPostgres)
        {
            return new OpenStore(SqliteStore.Open(sqlite, clock, logger), Path.GetFullPath(sqlite.Directory));
        }

        PostgresStore store = await PostgresStore.OpenAsync(postgres, logger, cancellationToken);
        return new OpenStore(store, string.Join(", ", store.DatabaseNames));
    }
}

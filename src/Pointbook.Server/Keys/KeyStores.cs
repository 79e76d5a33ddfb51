using Pointbook.Access;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Keys;

/// <summary>Opens the keys of a store of either kind.</summary>
internal static class KeyStores
{
    /// <summary>Opens the keys and creates what is missing. A server or other processes may have them open too.</summary>
    /// <exception cref="Engine.Hosting.StoreException">They cannot be opened.</exception>
    public static async Task<IKeyStore> OpenAsync(
        StorageOptions storage, SqliteStoreOptions sqlite, PostgresStoreOptions postgres, CancellationToken cancellationToken) =>
        storage.IsPostgres ? await PostgresKeyStore.OpenAsync(postgres, cancellationToken) : SqliteKeyStore.Open(sqlite);

    /// <summary>Opens the keys if they exist, and creates nothing.</summary>
    /// <exception cref="Engine.Hosting.StoreException">They cannot be opened.</exception>
    public static async Task<IKeyStore?> OpenIfThereAsync(
        StorageOptions storage, SqliteStoreOptions sqlite, PostgresStoreOptions postgres, CancellationToken cancellationToken) =>
        storage.IsPostgres ? await PostgresKeyStore.OpenIfThereAsync(postgres, cancellationToken) : SqliteKeyStore.OpenIfThere(sqlite);
}

using Pointbook.Access;
using Pointbook.Clusters;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Postgres.Tests.Contract;

/// <summary>The key store in a PostgreSQL database fulfils the contract.</summary>
public sealed class PostgresKeyStoreTests(SharedCluster cluster) : KeyStoreContract
{
    private string _database = "";

    protected override async Task CreatePlaceAsync() => _database = await cluster.TakeDatabaseAsync();

    protected override async Task<IKeyStore> OpenAsync() =>
        await PostgresKeyStore.OpenAsync(new PostgresStoreOptions { ConnectionStrings = [$"{_database};Timeout=60;Command Timeout=120"] }, Token);

    protected override Task RemovePlaceAsync() => cluster.ReturnDatabaseAsync(_database);
}

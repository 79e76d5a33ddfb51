using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Engine.Stores;
using Pointbook.Server.Hosting;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Keys;

/// <summary>Opens the store of keys before the server listens.</summary>
internal sealed class KeyHost(
    KeyRing ring, IOptions<StorageOptions> storage, IOptions<SqliteStoreOptions> sqlite, IOptions<PostgresStoreOptions> postgres) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ring.OpenAsync(await KeyStores.OpenAsync(storage.Value, sqlite.Value, postgres.Value, cancellationToken), cancellationToken);
        }
        catch (Exception failure) when (failure is StoreException or KeyStoreException)
        {
            throw new StartRefusedException(failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

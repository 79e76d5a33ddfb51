using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Engine.Stores;
using Pointbook.Server.Hosting;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Keys;

/// <summary>Opens the store of keys before the server listens, and refuses to go on without the keys that a store once had.</summary>
internal sealed class KeyHost(
    KeyRing ring,
    LedgerHost ledger,
    AccessMode mode,
    IOptions<StorageOptions> storage,
    IOptions<SqliteStoreOptions> sqlite,
    IOptions<PostgresStoreOptions> postgres,
    ILogger<KeyHost> logger) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            IKeyStore store = await KeyStores.OpenAsync(storage.Value, sqlite.Value, postgres.Value, cancellationToken);
            await ring.OpenAsync(store, Remember, cancellationToken);
        }
        catch (Exception failure) when (failure is StoreException or KeyStoreException)
        {
            throw new StartRefusedException(failure.Message, failure);
        }

        if (ledger.WasSecured && !mode.IsSecured)
        {
            throw new StartRefusedException(
                "This ledger had API keys, and they are gone: without them everybody on this machine could spend points. Restore pointbook.keys.db from the "
                + $"backup, or create a new key with {FirstKey.Command(storage.Value, sqlite.Value)}.");
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Remember()
    {
        try
        {
            ledger.MarkSecured();
        }
        catch (Exception failure)
        {
            // The next start makes up for it; the keys themselves are there.
            LogMessages.KeysNotRemembered(logger, failure);
        }
    }
}

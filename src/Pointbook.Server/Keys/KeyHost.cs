using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Engine.Stores;
using Pointbook.Server.Hosting;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Keys;

/// <summary>Opens the store of keys before the server listens, and refuses to go on where callers had to say who they are and no longer could.</summary>
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
            await ring.OpenAsync(store, RememberAsync, cancellationToken);
            if (mode.TakesTokens)
            {
                // Nothing else in the store tells of tokens, so without this nothing is served.
                await ledger.MarkSecuredAsync(cancellationToken);
            }
            else if (!mode.IsSecured && await ledger.WasSecuredAsync(cancellationToken))
            {
                throw new StartRefusedException(Unsecured());
            }
        }
        catch (Exception failure) when (failure is StoreException or KeyStoreException)
        {
            throw new StartRefusedException(failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private string Unsecured() =>
        "This ledger was secured, and there are neither API keys nor an issuer of tokens now, so that everybody on this machine could spend points: "
        + "set Jwt:Authority or Jwt:KeySetFile as before if callers had tokens, "
        + (storage.Value.IsPostgres ? "" : $"restore {SqliteKeyStore.KeyFile} from the backup if they had keys, ")
        + $"or create a new key with {FirstKey.Command(storage.Value, sqlite.Value)}.";

    private async Task RememberAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ledger.MarkSecuredAsync(cancellationToken);
        }
        catch (Exception failure)
        {
            // The next start makes up for it; the keys themselves are there.
            LogMessages.KeysNotRemembered(logger, failure);
        }
    }
}

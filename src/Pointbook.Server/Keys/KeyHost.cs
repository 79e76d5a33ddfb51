using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Engine.Hosting;
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
    IOptions<PostgresStoreOptions> postgres) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            bool needsKeys = !mode.TakesTokens && await ledger.WasSecuredAsync(cancellationToken);
            // Where keys are missing, nothing takes their place: that would be in the way of whoever brings them back.
            IKeyStore store = needsKeys
                ? await KeyStores.OpenIfThereAsync(storage.Value, sqlite.Value, postgres.Value, cancellationToken) ?? throw new StartRefusedException(Unsecured())
                : await KeyStores.OpenAsync(storage.Value, sqlite.Value, postgres.Value, cancellationToken);
            await ring.OpenAsync(store, ledger.MarkSecuredAsync, cancellationToken);
            if (needsKeys && !mode.IsSecured)
            {
                throw new StartRefusedException(Unsecured());
            }

            if (mode.TakesTokens)
            {
                // Nothing else in the store tells of tokens, so without this nothing is served.
                await ledger.MarkSecuredAsync(cancellationToken);
            }

            // Another process may begin to take tokens on the same databases.
            ring.LookForMark(ledger.WasSecuredAsync);
        }
        catch (StoreException refused)
        {
            throw new StartRefusedException(SettingNames.Server.Explain(refused), refused);
        }
        catch (KeyStoreException failure)
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
}

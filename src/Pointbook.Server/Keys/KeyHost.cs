using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Hosting;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Keys;

/// <summary>Opens the key store before the server listens. Refuses to start if the ledger was secured but has neither keys nor a token issuer.</summary>
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
            // If keys are missing, the server does not create an empty store, which would hinder an operator who restores the keys.
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
                // Nothing else in the store shows that tokens are in use, so the server starts only after this mark.
                await ledger.MarkSecuredAsync(cancellationToken);
            }

            // Another process may start to accept tokens on the same databases.
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
        "This ledger was secured, but now has neither API keys nor a token issuer, so any local process could spend points. To secure it again, "
        + "set Jwt:Authority or Jwt:KeySetFile as before if clients used tokens, "
        + (storage.Value.IsPostgres ? "" : $"restore {SqliteKeyStore.KeyFile} from a backup if they used API keys, ")
        + $"or create a new key with {FirstKey.Command(storage.Value, sqlite.Value)}.";
}

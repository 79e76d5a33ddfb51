using Microsoft.Extensions.Options;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Hosting;
using Pointbook.Server.Keys;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.CommandLine;

/// <summary>Finds the keys for a command: those of the named store, or of the store in the server's configuration.</summary>
internal static class KeyPlace
{
    private const string Option = "--store";
    private const string Advice =
        $"Name the store with {Option} {StoreAddress.SqliteForm} or {Option} {StoreAddress.PostgresForm}, or create its first key with 'pointbook keys create'.";

    /// <summary>Opens the keys.</summary>
    /// <param name="stores">The values of <c>--store</c>; if empty, the store in the configuration files and the environment.</param>
    /// <param name="mayCreate">Whether to create what is missing.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="ArgumentFaultException">The name or the configuration of the store is invalid.</exception>
    /// <exception cref="StoreException">The keys cannot be opened, or they are missing and must not be created.</exception>
    public static Task<OpenKeys> OpenAsync(IReadOnlyList<string> stores, bool mayCreate, CancellationToken cancellationToken) =>
        stores.Count == 0 ? OpenConfiguredAsync(mayCreate, cancellationToken) : OpenNamedAsync(stores, mayCreate, cancellationToken);

    private static Task<OpenKeys> OpenNamedAsync(IReadOnlyList<string> stores, bool mayCreate, CancellationToken cancellationToken)
    {
        List<StoreAddress> addresses = [.. stores.Select(text => StoreAddress.Parse(Option, text))];
        int countMax = new KeyOptions().CountMax;
        if (addresses.TrueForAll(address => address.IsPostgres))
        {
            return OpenDatabasesAsync(new PostgresStoreOptions { ConnectionStrings = [.. addresses.Select(address => address.Place)] }, countMax, mayCreate, cancellationToken);
        }

        return addresses.Count == 1
            ? Task.FromResult(OpenDirectory(new SqliteStoreOptions { Directory = addresses[0].Place }, countMax, mayCreate))
            : throw new ArgumentFaultException("The options name several stores. Name one directory, or all databases of one store on PostgreSQL.");
    }

    private static async Task<OpenKeys> OpenConfiguredAsync(bool mayCreate, CancellationToken cancellationToken)
    {
        // The server reads the same files and variables, in the same order.
        WebApplicationBuilder builder = DefaultConfiguration.CreateBuilder([]);
        if (KnownSections.Faults(builder.Configuration, KnownSections.OfStores).FirstOrDefault() is { } fault)
        {
            throw new ArgumentFaultException(fault);
        }

        StorageSetup.AddStoreOptions(builder.Services);
        AccessSetup.AddKeyOptions(builder.Services);
        await using ServiceProvider services = builder.Services.BuildServiceProvider();
        try
        {
            StorageOptions storage = services.GetRequiredService<IOptions<StorageOptions>>().Value;
            SqliteStoreOptions sqlite = services.GetRequiredService<IOptions<SqliteStoreOptions>>().Value;
            PostgresStoreOptions postgres = services.GetRequiredService<IOptions<PostgresStoreOptions>>().Value;
            int countMax = services.GetRequiredService<IOptions<KeyOptions>>().Value.CountMax;
            return storage.IsPostgres
                ? await OpenDatabasesAsync(postgres, countMax, mayCreate, cancellationToken)
                : OpenDirectory(sqlite, countMax, mayCreate);
        }
        catch (OptionsValidationException invalid)
        {
            throw new ArgumentFaultException(string.Join(' ', invalid.Failures));
        }
        catch (InvalidOperationException unreadable) when (unreadable.InnerException is FormatException or OverflowException or ArgumentException)
        {
            throw new ArgumentFaultException(unreadable.Message);
        }
    }

    private static OpenKeys OpenDirectory(SqliteStoreOptions options, int countMax, bool mayCreate)
    {
        SqliteKeyStore store = (mayCreate ? SqliteKeyStore.Open(options) : SqliteKeyStore.OpenIfThere(options))
            ?? throw new StoreException($"{Path.GetFullPath(options.Directory)} contains no API keys: the file {SqliteKeyStore.KeyFile} is missing. {Advice}");
        return new OpenKeys(store, store.Place, store.HasLedger, countMax, _ =>
        {
            store.MarkSecured();
            return Task.CompletedTask;
        });
    }

    private static async Task<OpenKeys> OpenDatabasesAsync(PostgresStoreOptions options, int countMax, bool mayCreate, CancellationToken cancellationToken)
    {
        PostgresKeyStore store = (mayCreate ? await PostgresKeyStore.OpenAsync(options, cancellationToken) : await PostgresKeyStore.OpenIfThereAsync(options, cancellationToken))
            ?? throw new StoreException($"The named database contains no API keys: their table is missing. {Advice}");
        return new OpenKeys(store, store.DatabaseName, store.HasLedger, countMax, store.MarkSecuredAsync);
    }
}

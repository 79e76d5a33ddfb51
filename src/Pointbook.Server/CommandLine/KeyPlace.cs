using Microsoft.Extensions.Options;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Hosting;
using Pointbook.Server.Keys;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.CommandLine;

/// <summary>Finds the keys that a command is about: those of the store that is named, or of the one that the server would serve.</summary>
internal static class KeyPlace
{
    private const string Option = "--store";
    private const string Advice =
        $"name the store with {Option} {StoreAddress.SqliteForm} or {Option} {StoreAddress.PostgresForm}, or create its first key with 'pointbook keys create'.";

    /// <summary>Opens the keys.</summary>
    /// <param name="stores">The values of <c>--store</c>; none for what is configured in files and the environment.</param>
    /// <param name="mayCreate">Whether what is missing is created.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentFaultException">The store is not named as it should be, or is not configured rightly.</exception>
    /// <exception cref="StoreException">The keys cannot be opened, or are not there and may not be created.</exception>
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
            : throw new ArgumentFaultException("Several stores are named; name one directory, or all databases of one store on PostgreSQL.");
    }

    private static async Task<OpenKeys> OpenConfiguredAsync(bool mayCreate, CancellationToken cancellationToken)
    {
        // The same files and variables in the same order as the server reads them.
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
            ?? throw new StoreException($"{Path.GetFullPath(options.Directory)} holds no API keys: there is no {SqliteKeyStore.KeyFile}; {Advice}");
        return new OpenKeys(store, store.Place, store.HasLedger, countMax, _ =>
        {
            store.MarkSecured();
            return Task.CompletedTask;
        });
    }

    private static async Task<OpenKeys> OpenDatabasesAsync(PostgresStoreOptions options, int countMax, bool mayCreate, CancellationToken cancellationToken)
    {
        PostgresKeyStore store = (mayCreate ? await PostgresKeyStore.OpenAsync(options, cancellationToken) : await PostgresKeyStore.OpenIfThereAsync(options, cancellationToken))
            ?? throw new StoreException($"The database that is named holds no API keys: there is no table for them; {Advice}");
        return new OpenKeys(store, store.DatabaseName, store.HasLedger, countMax, store.MarkSecuredAsync);
    }
}

using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Server.Hosting;
using Pointbook.Server.Keys;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.CommandLine;

/// <summary>Finds the keys that a command is about: those of the store that is named, or of the one that the server would serve.</summary>
internal static class KeyPlace
{
    /// <summary>Opens the keys.</summary>
    /// <param name="stores">The values of <c>--store</c>; none for what is configured in files and the environment.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentFaultException">The store is not named as it should be, or is not configured rightly.</exception>
    public static Task<IKeyStore> OpenAsync(IReadOnlyList<string> stores, CancellationToken cancellationToken) =>
        stores.Count == 0 ? OpenConfiguredAsync(cancellationToken) : OpenNamedAsync(stores, cancellationToken);

    private static Task<IKeyStore> OpenNamedAsync(IReadOnlyList<string> stores, CancellationToken cancellationToken)
    {
        List<StoreAddress> addresses = [.. stores.Select(text => StoreAddress.Parse("--store", text))];
        if (addresses.TrueForAll(address => address.IsPostgres))
        {
            PostgresStoreOptions databases = new() { ConnectionStrings = [.. addresses.Select(address => address.Place)] };
            return KeyStores.OpenAsync(new StorageOptions { Provider = StorageOptions.Postgres }, new SqliteStoreOptions(), databases, cancellationToken);
        }

        return addresses.Count == 1
            ? KeyStores.OpenAsync(new StorageOptions(), new SqliteStoreOptions { Directory = addresses[0].Place }, new PostgresStoreOptions(), cancellationToken)
            : throw new ArgumentFaultException("Several stores are named; name one directory, or all databases of one store on PostgreSQL.");
    }

    private static async Task<IKeyStore> OpenConfiguredAsync(CancellationToken cancellationToken)
    {
        // The same files and variables in the same order as the server reads them.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        if (KnownSections.Faults(builder.Configuration, KnownSections.OfStores).FirstOrDefault() is { } fault)
        {
            throw new ArgumentFaultException(fault);
        }

        StorageSetup.AddStoreOptions(builder.Services);
        await using ServiceProvider services = builder.Services.BuildServiceProvider();
        try
        {
            return await KeyStores.OpenAsync(
                services.GetRequiredService<IOptions<StorageOptions>>().Value,
                services.GetRequiredService<IOptions<SqliteStoreOptions>>().Value,
                services.GetRequiredService<IOptions<PostgresStoreOptions>>().Value,
                cancellationToken);
        }
        catch (OptionsValidationException invalid)
        {
            throw new ArgumentFaultException(string.Join(' ', invalid.Failures));
        }
    }
}

using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite.Analytics;

namespace Pointbook.Server.Analytics;

/// <summary>Whether and where analytics tables are kept: section <c>Analytics</c> of the configuration.</summary>
public sealed class AnalyticsOptions
{
    /// <summary>Whether the server exports the journals to analytics tables.</summary>
    public bool Enabled { get; set; }

    /// <summary>The PostgreSQL database of the tables. If it is not set, they are in the ledger's first database or in <see cref="File"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The SQLite file of the tables. A relative path is relative to the store's directory.</summary>
    public string? File { get; set; }

    /// <summary>The SQLite file to use, by default <see cref="SqliteAnalytics.DefaultFile"/>.</summary>
    internal string FileOrDefault => string.IsNullOrEmpty(File) ? SqliteAnalytics.DefaultFile : File;

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    /// <param name="storage">The storage options of the ledger.</param>
    public string? Fault(StorageOptions storage)
    {
        ArgumentNullException.ThrowIfNull(storage);
        bool hasDatabase = !string.IsNullOrEmpty(ConnectionString);
        return hasDatabase && PostgresStore.FaultOf(ConnectionString!) is { } fault ? $"Analytics:ConnectionString {fault}"
            : string.IsNullOrEmpty(File) ? null
            : hasDatabase ? "Analytics:File and Analytics:ConnectionString are both set. Set only one of them."
            : storage.IsPostgres ? $"Analytics:File is not valid if Storage:Provider is {StorageOptions.Postgres}. Remove Analytics:File."
            : null;
    }
}

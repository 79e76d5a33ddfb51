using Pointbook.Storage.Postgres;

namespace Pointbook.Server.Storage;

/// <summary>Which store the ledger stands on: section <c>Storage</c> of the configuration.</summary>
public sealed class StorageOptions
{
    /// <summary>The name of the embedded store.</summary>
    public const string Sqlite = "Sqlite";

    /// <summary>The name of the store on a PostgreSQL server.</summary>
    public const string Postgres = "Postgres";

    /// <summary>The store: <see cref="Sqlite"/> or <see cref="Postgres"/>, in upper or lower case.</summary>
    public string Provider { get; set; } = Sqlite;

    /// <summary>How many partitions a new store has. The embedded store has one.</summary>
    public int? Partitions { get; set; }

    /// <summary>The databases, for <see cref="Postgres"/>.</summary>
    public IList<string> ConnectionStrings { get; set; } = [];

    /// <summary>Whether the store is on a PostgreSQL server.</summary>
    public bool IsPostgres => string.Equals(Provider, Postgres, StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with the values, as a sentence, or null. What belongs to one store only is checked with that store's own options.</summary>
    public string? Fault()
    {
        if (IsPostgres)
        {
            return ConnectionStrings.Count == 0 || ConnectionStrings.Any(string.IsNullOrWhiteSpace)
                ? "Storage:ConnectionStrings names no database; set it to a connection string, such as Host=db.example;Database=pointbook;Username=pointbook."
                : ConnectionStrings.Select((text, index) => PostgresStore.FaultOf(text) is { } fault ? $"Storage:ConnectionStrings:{index} {fault}" : null)
                    .FirstOrDefault(fault => fault is not null);
        }

        return !string.Equals(Provider, Sqlite, StringComparison.OrdinalIgnoreCase) ? $"Storage:Provider is '{Provider}'; set it to {Sqlite} or {Postgres}."
            : Partitions is not (null or 1) ? $"Storage:Partitions is {Partitions}, and SQLite has one partition; leave it out or set Storage:Provider to {Postgres}."
            : ConnectionStrings.Count > 0 ? $"Storage:ConnectionStrings is set and Storage:Provider is {Sqlite}; set Storage:Provider to {Postgres}."
            : null;
    }
}

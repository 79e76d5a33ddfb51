using Pointbook.Storage.Postgres;

namespace Pointbook.Server.Storage;

/// <summary>The store of the ledger: section <c>Storage</c> of the configuration.</summary>
public sealed class StorageOptions
{
    /// <summary>The name of the embedded store.</summary>
    public const string Sqlite = "Sqlite";

    /// <summary>The name of the store on a PostgreSQL server.</summary>
    public const string Postgres = "Postgres";

    /// <summary>The store: <see cref="Sqlite"/> or <see cref="Postgres"/>, in any case.</summary>
    public string Provider { get; set; } = Sqlite;

    /// <summary>The number of partitions of a new store. The embedded store has one.</summary>
    public int? Partitions { get; set; }

    /// <summary>The databases, for <see cref="Postgres"/>.</summary>
    public IList<string> ConnectionStrings { get; set; } = [];

    /// <summary>Whether the store is on a PostgreSQL server.</summary>
    public bool IsPostgres => string.Equals(Provider, Postgres, StringComparison.OrdinalIgnoreCase);

    /// <summary>Describes an invalid value in a sentence, or returns null. The options of each store validate the settings of that store only.</summary>
    public string? Fault()
    {
        if (IsPostgres)
        {
            return ConnectionStrings.Count == 0 || ConnectionStrings.Any(string.IsNullOrWhiteSpace)
                ? "Storage:ConnectionStrings names no database. Set it to a connection string such as Host=db.example;Database=pointbook;Username=pointbook."
                : ConnectionStrings.Select((text, index) => PostgresStore.FaultOf(text) is { } fault ? $"Storage:ConnectionStrings:{index} {fault}" : null)
                    .FirstOrDefault(fault => fault is not null);
        }

        return !string.Equals(Provider, Sqlite, StringComparison.OrdinalIgnoreCase) ? $"Storage:Provider must be {Sqlite} or {Postgres}, but is '{Provider}'."
            : Partitions is not (null or 1) ? $"Storage:Partitions is {Partitions}, but SQLite supports only one partition. Remove it, or set Storage:Provider to {Postgres}."
            : ConnectionStrings.Count > 0 ? $"Storage:ConnectionStrings is set, but Storage:Provider is {Sqlite}. Set Storage:Provider to {Postgres}."
            : null;
    }
}

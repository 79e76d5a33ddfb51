using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>The location and the settings of the PostgreSQL store.</summary>
public sealed class PostgresStoreOptions
{
    /// <summary>
    /// One connection string for each database, in Npgsql's format. The server spreads the partitions over the databases when it creates
    /// the store. Afterwards the operator must name the same databases, in any order.
    /// </summary>
    public IList<string> ConnectionStrings { get; set; } = [];

    /// <summary>The number of partitions of a new store; 1 to 1,024. An existing store keeps its stored number. Null means that number, or 16 for a new store.</summary>
    public int? Partitions { get; set; }

    /// <summary>How many connections to each database may append to journals and read them; 1 to 1,000.</summary>
    public int JournalConnectionsMax { get; set; } = 20;

    /// <summary>How many connections to each database may load accounts and write account stores; 2 to 1,000.</summary>
    public int AccountStoreConnectionsMax { get; set; } = 12;

    /// <summary>How many connections to each database may read and write read models, and read journals for that; 2 to 1,000. Nothing else waits for them.</summary>
    public int ReadModelConnectionsMax { get; set; } = 6;

    /// <summary>How many connections to the store's first database may read and change API keys; 1 to 100.</summary>
    public int KeyConnectionsMax { get; set; } = 4;

    /// <summary>How far a commit's decision time may be from the database's clock when it is appended, behind or ahead; 0.1 s to 1 h.</summary>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the store compares commits with the database's clock.</summary>
    internal bool ComparesClocks { get; private set; } = true;

    /// <summary>The default number of partitions of a new store.</summary>
    public static int PartitionsOfNewStore => 16;

    /// <summary>The SQL of the clock that commits are compared with.</summary>
    internal string ClockSql { get; set; } = "clock_timestamp()";

    /// <summary>Trusts the clock of this process, as for a test clock: commits are not compared with the database's clock.</summary>
    public void TrustClock() => ComparesClocks = false;

    /// <summary>The problem with the values, as a sentence that begins with the name of the option, or null. Opening the store checks whether databases are named.</summary>
    public string? Fault() =>
        Partitions is < 1 or > PartitionMap.CountMax ? $"Partitions must be between 1 and {PartitionMap.CountMax}."
        : JournalConnectionsMax is < 1 or > 1_000 ? "JournalConnectionsMax must be between 1 and 1000."
        : AccountStoreConnectionsMax is < 2 or > 1_000 ? "AccountStoreConnectionsMax must be between 2 and 1000."
        : ReadModelConnectionsMax is < 2 or > 1_000 ? "ReadModelConnectionsMax must be between 2 and 1000."
        : KeyConnectionsMax is < 1 or > 100 ? "KeyConnectionsMax must be between 1 and 100."
        : SkewMax < TimeSpan.FromMilliseconds(100) || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00.100 and 01:00:00."
        : null;
}

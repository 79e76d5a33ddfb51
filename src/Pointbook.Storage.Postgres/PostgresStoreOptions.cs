using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>Where the PostgreSQL store is and how it behaves.</summary>
public sealed class PostgresStoreOptions
{
    /// <summary>
    /// One connection string for each database, as Npgsql reads them. The partitions are spread over the databases when the store is
    /// created; after that the same databases have to be named, in any order.
    /// </summary>
    public IList<string> ConnectionStrings { get; set; } = [];

    /// <summary>How many partitions a new store has; 1 to 1,024. It is stored, and a store that exists keeps its own. Null for that, or for 16.</summary>
    public int? Partitions { get; set; }

    /// <summary>How many connections to each database may append to journals and read them; 1 to 1,000.</summary>
    public int JournalConnectionsMax { get; set; } = 20;

    /// <summary>How many connections to each database may load accounts and write projections; 2 to 1,000.</summary>
    public int ProjectionConnectionsMax { get; set; } = 12;

    /// <summary>How many connections to the store's first database may read and change API keys; 1 to 100.</summary>
    public int KeyConnectionsMax { get; set; } = 4;

    /// <summary>How far a commit's decision may be from the database's clock when it is appended, behind or ahead; 0.1 s to 1 h.</summary>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether commits are compared with the database's clock.</summary>
    internal bool ComparesClocks { get; private set; } = true;

    /// <summary>How many partitions a new store has if nobody says otherwise.</summary>
    public static int PartitionsOfNewStore => 16;

    /// <summary>The SQL of the clock that commits are held against.</summary>
    internal string ClockSql { get; set; } = "clock_timestamp()";

    /// <summary>Makes the clock of this process credible by definition, as a test clock is: commits are not compared with the database's clock.</summary>
    public void TrustClock() => ComparesClocks = false;

    /// <summary>What is wrong with the bounds, as a sentence that begins with the name of the option, or null. Whether databases are named is asked when the store is opened.</summary>
    public string? Fault() =>
        Partitions is < 1 or > PartitionMap.CountMax ? $"Partitions must be between 1 and {PartitionMap.CountMax}."
        : JournalConnectionsMax is < 1 or > 1_000 ? "JournalConnectionsMax must be between 1 and 1000."
        : ProjectionConnectionsMax is < 2 or > 1_000 ? "ProjectionConnectionsMax must be between 2 and 1000."
        : KeyConnectionsMax is < 1 or > 100 ? "KeyConnectionsMax must be between 1 and 100."
        : SkewMax < TimeSpan.FromMilliseconds(100) || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00.100 and 01:00:00."
        : null;
}

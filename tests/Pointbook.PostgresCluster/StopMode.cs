namespace Pointbook.Clusters;

/// <summary>How a server is stopped. The first three are what PostgreSQL calls them.</summary>
public enum StopMode
{
    /// <summary>Takes no new connections and waits until the present ones end by themselves.</summary>
    Smart,

    /// <summary>Ends the present connections and shuts down in order.</summary>
    Fast,

    /// <summary>Ends at once; the next start recovers from the write-ahead log.</summary>
    Immediate,

    /// <summary>All processes are killed, as if the machine had lost its power but not its disk.</summary>
    Kill,
}

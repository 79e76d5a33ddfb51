namespace Pointbook.Clusters;

/// <summary>How a server is stopped. The first three modes have PostgreSQL's names.</summary>
public enum StopMode
{
    /// <summary>The server accepts no new connections and waits until clients close the current ones.</summary>
    Smart,

    /// <summary>The server closes the current connections and shuts down cleanly.</summary>
    Fast,

    /// <summary>The server ends immediately. The next start recovers from the write-ahead log.</summary>
    Immediate,

    /// <summary>All processes are killed, as if the machine had lost power but kept its disk.</summary>
    Kill,
}

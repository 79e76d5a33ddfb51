namespace Pointbook.Storage.Sqlite;

/// <summary>Where the embedded store is and how it behaves.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The directory of the store's files; it is created if it is missing.</summary>
    public string Directory { get; set; } = "./pointbook-data";

    /// <summary>How far a commit's decision may be from the clock when it is appended, behind or ahead; 0.1 s to 1 h.</summary>
    /// <remarks>No other machine must agree with the clock, so a step of some minutes, as after a correction by hand, does no harm.</remarks>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long to wait for a lock that another program holds on a file; 0 to 1 min.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many reads of one kind may run at once, each over a separate connection; 1 to 1,000. Kinds are the journal, accounts, balances, histories and payers.</summary>
    public int ReadersMax { get; set; } = 16;

    /// <summary>How long a connection that reads stays open while nobody needs it; 1 s to 1 h.</summary>
    public TimeSpan ReaderIdleMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What is wrong with the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        string.IsNullOrWhiteSpace(Directory) ? "Directory is empty; name a directory."
        : SkewMax < TimeSpan.FromMilliseconds(100) || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00.100 and 01:00:00."
        : BusyTimeout < TimeSpan.Zero || BusyTimeout > TimeSpan.FromMinutes(1) ? "BusyTimeout must be between 00:00:00 and 00:01:00."
        : ReadersMax is < 1 or > 1_000 ? "ReadersMax must be between 1 and 1000."
        : ReaderIdleMax < TimeSpan.FromSeconds(1) || ReaderIdleMax > TimeSpan.FromHours(1) ? "ReaderIdleMax must be between 00:00:01 and 01:00:00."
        : null;
}

namespace Pointbook.Storage.Sqlite;

/// <summary>The location and the settings of the embedded store.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The directory of the store's files. The server creates it if it is missing.</summary>
    public string Directory { get; set; } = "./pointbook-data";

    /// <summary>How far a commit's decision time may be from the clock when it is appended, behind or ahead; 0.1 s to 1 h.</summary>
    /// <remarks>No other machine must agree with the clock, so a step of some minutes, as after a manual correction, does no harm.</remarks>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long to wait for a lock that another program holds on a file; 0 to 1 min.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many reads of one kind may run at once, each over a separate connection; 1 to 1,000. Kinds are the journal, accounts, balances, histories and payers.</summary>
    public int ReadersMax { get; set; } = 16;

    /// <summary>How long an idle read connection stays open; 1 s to 1 h.</summary>
    public TimeSpan ReaderIdleMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The approximate number of bytes of account rows at which a transaction of a round ends; 1 KiB to 1 GiB. One account is always written whole. Directory buckets are
    /// extra, at most one for each account that the transaction opens. A larger transaction writes shared pages less often, needs a longer write-ahead log, and repeats more after a kill.
    /// </summary>
    public int TransactionBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// The largest file, in bytes, that the server rewrites (<c>VACUUM</c>) to remove copies of erased rows; 0 to 4 GiB. A rewrite briefly takes as much memory, and the
    /// snapshot writer waits. 0 turns it off.
    /// </summary>
    public long VacuumBytesMax { get; set; } = 128L * 1024 * 1024;

    /// <summary>The problem with the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        string.IsNullOrWhiteSpace(Directory) ? "Directory is empty. Set it to a directory."
        : SkewMax < TimeSpan.FromMilliseconds(100) || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00.100 and 01:00:00."
        : BusyTimeout < TimeSpan.Zero || BusyTimeout > TimeSpan.FromMinutes(1) ? "BusyTimeout must be between 00:00:00 and 00:01:00."
        : ReadersMax is < 1 or > 1_000 ? "ReadersMax must be between 1 and 1000."
        : ReaderIdleMax < TimeSpan.FromSeconds(1) || ReaderIdleMax > TimeSpan.FromHours(1) ? "ReaderIdleMax must be between 00:00:01 and 01:00:00."
        : TransactionBytesMax is < 1_024 or > 1_073_741_824 ? "TransactionBytesMax must be between 1024 and 1073741824."
        : VacuumBytesMax is < 0 or > 4_294_967_296 ? "VacuumBytesMax must be between 0 and 4294967296."
        : null;
}

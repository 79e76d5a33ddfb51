namespace Pointbook.Engine.AccountStore;

/// <summary>The bounds of the snapshot writer.</summary>
public sealed class SnapshotWriterOptions
{
    /// <summary>The maximum number of entries in a round; 1 to 10,000,000. Larger rounds write each row less often.</summary>
    public int RoundEntriesMax { get; set; } = 200_000;

    /// <summary>How long the snapshot writer lets entries gather before a round, unless a caller waits for them or a round is full; 0 to 10 s.</summary>
    /// <remarks>Each round rewrites the pages that its accounts share, so a longer delay costs less for each entry. The entries that gather take memory.</remarks>
    public TimeSpan RoundDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long the snapshot writer waits after a failure before it tries again; 1 ms to 1 min.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The maximum number of entries of damaged accounts in memory while the server rewrites their rows from the journal; 0 to 100,000,000. The server refuses accounts with
    /// more entries until the next start. 0 disables the repair.
    /// </summary>
    public int RepairEntriesMax { get; set; } = 1_000_000;

    /// <summary>Whether the server repairs damaged rows while it runs.</summary>
    internal bool Repairs => RepairEntriesMax > 0;

    /// <summary>How often the server looks for unfinished erasures and tries to finish them; 1 s to 1 h. It begins a new erasure after the round that contains it.</summary>
    public TimeSpan ErasureInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The fault in the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        RoundEntriesMax is < 1 or > 10_000_000 ? "RoundEntriesMax must be between 1 and 10000000."
        : RoundDelay < TimeSpan.Zero || RoundDelay > TimeSpan.FromSeconds(10) ? "RoundDelay must be between 00:00:00 and 00:00:10."
        : RetryDelay < TimeSpan.FromMilliseconds(1) || RetryDelay > TimeSpan.FromMinutes(1) ? "RetryDelay must be between 00:00:00.001 and 00:01:00."
        : RepairEntriesMax is < 0 or > 100_000_000 ? "RepairEntriesMax must be between 0 and 100000000."
        : ErasureInterval < TimeSpan.FromSeconds(1) || ErasureInterval > TimeSpan.FromHours(1) ? "ErasureInterval must be between 00:00:01 and 01:00:00."
        : null;
}

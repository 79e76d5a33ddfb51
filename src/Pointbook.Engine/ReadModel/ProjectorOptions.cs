namespace Pointbook.Engine.ReadModel;

/// <summary>The bounds of the projector.</summary>
public sealed class ProjectorOptions
{
    /// <summary>How many entries one round takes at most; 1 to 10,000,000. A larger round writes each row less often.</summary>
    public int RoundEntriesMax { get; set; } = 200_000;

    /// <summary>How long the projector lets entries gather before a round, unless somebody waits for them; 0 to 10 s.</summary>
    public TimeSpan RoundDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long the projector waits after a failure before it tries again; 1 ms to 1 min.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How many entries of damaged accounts are in memory at most while their rows are written again out of the journal; 0 to 100,000,000. Accounts with more entries are
    /// refused until the next start. 0 turns the repair off.
    /// </summary>
    public int RepairEntriesMax { get; set; } = 1_000_000;

    /// <summary>What is wrong with the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        RoundEntriesMax is < 1 or > 10_000_000 ? "RoundEntriesMax must be between 1 and 10000000."
        : RoundDelay < TimeSpan.Zero || RoundDelay > TimeSpan.FromSeconds(10) ? "RoundDelay must be between 00:00:00 and 00:00:10."
        : RetryDelay < TimeSpan.FromMilliseconds(1) || RetryDelay > TimeSpan.FromMinutes(1) ? "RetryDelay must be between 00:00:00.001 and 00:01:00."
        : RepairEntriesMax is < 0 or > 100_000_000 ? "RepairEntriesMax must be between 0 and 100000000."
        : null;
}

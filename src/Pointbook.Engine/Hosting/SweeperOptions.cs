namespace Pointbook.Engine.Hosting;

/// <summary>The pace at which a sweeper writes due events and deletes old idempotency keys. Each partition has its own sweeper.</summary>
public sealed class SweeperOptions
{
    /// <summary>How long the sweeper rests between two sweeps; 100 ms to 1 day.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How many accounts the sweeper looks up at a time; 1 to 10,000.</summary>
    public int AccountsPerRoundMax { get; set; } = 500;

    /// <summary>The most accounts that the sweeper handles in a second, so that it never fills the partition; 1 to 100,000.</summary>
    public int AccountsPerSecondMax { get; set; } = 1_000;

    /// <summary>The most old idempotency keys that one transaction deletes; 1 to 100,000.</summary>
    public int KeysPerRoundMax { get; set; } = 5_000;

    /// <summary>The first invalid value, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        Interval < TimeSpan.FromMilliseconds(100) || Interval > TimeSpan.FromDays(1) ? "Interval must be between 00:00:00.1 and 1.00:00:00."
        : AccountsPerRoundMax is < 1 or > 10_000 ? "AccountsPerRoundMax must be between 1 and 10000."
        : AccountsPerSecondMax is < 1 or > 100_000 ? "AccountsPerSecondMax must be between 1 and 100000."
        : KeysPerRoundMax is < 1 or > 100_000 ? "KeysPerRoundMax must be between 1 and 100000."
        : null;
}

namespace Pointbook.Server.Keys;

/// <summary>How the server tracks its keys: section <c>Keys</c> of the configuration.</summary>
public sealed class KeyOptions
{
    private static readonly TimeSpan IntervalLeast = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AgeLimit = TimeSpan.FromSeconds(10);

    /// <summary>How often the server checks for keys that other processes created or revoked; 20 ms to half of <see cref="AgeMax"/>.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The maximum age of the server's knowledge of keys when it answers a request; at most 10 s. A revoked key may be accepted for as long. If the
    /// server cannot read the keys within this time, it refuses requests with 503.
    /// </summary>
    public TimeSpan AgeMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The maximum number of unrevoked keys; 1 to 100,000. The server holds them in memory.</summary>
    public int CountMax { get; set; } = 10_000;

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault() =>
        AgeMax > AgeLimit || AgeMax < IntervalLeast * 2 ? $"Keys:AgeMax must be between {IntervalLeast * 2} and {AgeLimit}, but is {AgeMax}."
        : RefreshInterval < IntervalLeast || RefreshInterval > AgeMax / 2 ? $"Keys:RefreshInterval must be between {IntervalLeast} and {AgeMax / 2} (half of Keys:AgeMax), but is {RefreshInterval}."
        : CountMax is < 1 or > 100_000 ? $"Keys:CountMax must be between 1 and 100000, but is {CountMax}."
        : null;
}

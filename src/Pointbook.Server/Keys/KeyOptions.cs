namespace Pointbook.Server.Keys;

/// <summary>How the server keeps up with its keys: section <c>Keys</c> of the configuration.</summary>
public sealed class KeyOptions
{
    private static readonly TimeSpan IntervalLeast = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AgeLimit = TimeSpan.FromSeconds(10);

    /// <summary>How often the server looks for keys that were created or revoked elsewhere; 20 ms to half of <see cref="AgeMax"/>.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How old what the server knows of keys may be when it answers a request, and so how long a revoked key may still be taken; up to 10 s. If
    /// it cannot learn anything newer, requests are refused with 503.
    /// </summary>
    public TimeSpan AgeMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many keys there may be that are not revoked; 1 to 100,000. They are held in memory.</summary>
    public int CountMax { get; set; } = 10_000;

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        AgeMax > AgeLimit || AgeMax < IntervalLeast * 2 ? $"Keys:AgeMax is {AgeMax}; set it from {IntervalLeast * 2} to {AgeLimit}."
        : RefreshInterval < IntervalLeast || RefreshInterval > AgeMax / 2 ? $"Keys:RefreshInterval is {RefreshInterval}; set it from {IntervalLeast} to {AgeMax / 2}, half of Keys:AgeMax."
        : CountMax is < 1 or > 100_000 ? $"Keys:CountMax is {CountMax}; set it from 1 to 100000."
        : null;
}

namespace Pointbook.Server.RateLimits;

/// <summary>How many requests are taken in a time: section <c>RateLimits</c> of the configuration. Without a number there is no limit.</summary>
public sealed class RateLimitOptions
{
    private const int RequestsLimit = 10_000_000;
    private const int CountersLeast = 1_000;
    private const int CountersLimit = 1_000_000;
    private static readonly TimeSpan WindowLeast = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WindowLimit = TimeSpan.FromHours(1);

    /// <summary>How many requests each key, or subject of tokens, may send in a <see cref="Window"/>; 1 to 10,000,000, or null for no limit.</summary>
    public int? PerKey { get; set; }

    /// <summary>How many requests each address may send in a <see cref="Window"/>, with or without credentials; an IPv6 address counts by its first 64 bits. 1 to 10,000,000, or null for no limit.</summary>
    public int? PerAddress { get; set; }

    /// <summary>The time after which counting begins anew; 0.1 s to 1 h.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many counters there are for addresses, and as many for keys and subjects; 1,000 to 1,000,000, each of 24 bytes. If more of them come within a
    /// <see cref="Window"/>, some share a counter.
    /// </summary>
    public int CountersMax { get; set; } = 100_000;

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        PerKey is < 1 or > RequestsLimit ? $"RateLimits:PerKey is {PerKey}; set it from 1 to {RequestsLimit}, or leave it out."
        : PerAddress is < 1 or > RequestsLimit ? $"RateLimits:PerAddress is {PerAddress}; set it from 1 to {RequestsLimit}, or leave it out."
        : Window < WindowLeast || Window > WindowLimit ? $"RateLimits:Window is {Window}; set it from {WindowLeast} to {WindowLimit}."
        : CountersMax is < CountersLeast or > CountersLimit ? $"RateLimits:CountersMax is {CountersMax}; set it from {CountersLeast} to {CountersLimit}."
        : null;
}

namespace Pointbook.Server.RateLimits;

/// <summary>How many requests the server accepts in a period: section <c>RateLimits</c> of the configuration. Without a number there is no limit.</summary>
public sealed class RateLimitOptions
{
    private const int RequestsLimit = 10_000_000;
    private const int CountersLeast = 1_000;
    private const int CountersLimit = 1_000_000;
    private static readonly TimeSpan WindowLeast = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WindowLimit = TimeSpan.FromHours(1);

    /// <summary>The maximum number of requests per key, or per subject of tokens, in a <see cref="Window"/>; 1 to 10,000,000, or null for no limit.</summary>
    public int? PerKey { get; set; }

    /// <summary>The maximum number of requests per address in a <see cref="Window"/>; 1 to 10,000,000, or null for no limit. An IPv6 address counts by its first 64 bits.</summary>
    public int? PerAddress { get; set; }

    /// <summary>The time after which the server restarts counting; 0.1 s to 1 h.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The number of counters for addresses, and the same number for keys and subjects; 1,000 to 1,000,000, with 24 bytes each. If more senders come
    /// within a <see cref="Window"/>, some share a counter.
    /// </summary>
    public int CountersMax { get; set; } = 100_000;

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault() =>
        PerKey is < 1 or > RequestsLimit ? $"RateLimits:PerKey must be between 1 and {RequestsLimit}, but is {PerKey}. Remove it for no limit."
        : PerAddress is < 1 or > RequestsLimit ? $"RateLimits:PerAddress must be between 1 and {RequestsLimit}, but is {PerAddress}. Remove it for no limit."
        : Window < WindowLeast || Window > WindowLimit ? $"RateLimits:Window must be between {WindowLeast} and {WindowLimit}, but is {Window}."
        : CountersMax is < CountersLeast or > CountersLimit ? $"RateLimits:CountersMax must be between {CountersLeast} and {CountersLimit}, but is {CountersMax}."
        : null;
}

namespace Pointbook.Server.JournalFeed;

/// <summary>The bounds of the journal feed: section <c>Feed</c> of the configuration.</summary>
public sealed class FeedOptions
{
    private static readonly TimeSpan PollIntervalLeast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PollIntervalLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepAliveIntervalLeast = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan KeepAliveIntervalLimit = TimeSpan.FromHours(1);

    /// <summary>After how many entries a page ends, at the next end of a commit, if the request does not say; 1 to 1,000,000.</summary>
    public int PageEntries { get; set; } = 1_000;

    /// <summary>The most that a request may ask for; 1 to 1,000,000.</summary>
    public int PageEntriesMax { get; set; } = 10_000;

    /// <summary>How often a stream looks for new commits; 1 ms to 1 min.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After how long without anything new a stream sends a comment, so that nobody on the way takes it for dead; 10 ms to 1 h.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How many streams may be open at a time; further ones are refused with 503. 1 to 10,000.</summary>
    public int StreamsMax { get; set; } = 64;

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        PageEntriesMax is < 1 or > 1_000_000 ? "Feed:PageEntriesMax must be between 1 and 1000000."
        : PageEntries < 1 || PageEntries > PageEntriesMax ? $"Feed:PageEntries must be between 1 and Feed:PageEntriesMax, which is {PageEntriesMax}."
        : PollInterval < PollIntervalLeast || PollInterval > PollIntervalLimit ? "Feed:PollInterval must be between 00:00:00.001 and 00:01:00."
        : KeepAliveInterval < KeepAliveIntervalLeast || KeepAliveInterval > KeepAliveIntervalLimit ? "Feed:KeepAliveInterval must be between 00:00:00.010 and 01:00:00."
        : StreamsMax is < 1 or > 10_000 ? "Feed:StreamsMax must be between 1 and 10000."
        : null;
}

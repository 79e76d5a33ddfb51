namespace Pointbook.Server.JournalFeed;

/// <summary>The limits of the journal feed: section <c>Feed</c> of the configuration.</summary>
public sealed class FeedOptions
{
    private static readonly TimeSpan PollIntervalLeast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PollIntervalLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepAliveIntervalLeast = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan KeepAliveIntervalLimit = TimeSpan.FromHours(1);

    /// <summary>The default number of entries after which a page ends, at the next end of a commit; 1 to 1,000,000.</summary>
    public int PageEntries { get; set; } = 1_000;

    /// <summary>The maximum number that a client may request; 1 to 1,000,000.</summary>
    public int PageEntriesMax { get; set; } = 10_000;

    /// <summary>How often a stream checks for new commits; 1 ms to 1 min.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After this time without new commits, a stream sends a comment, so that no proxy closes the connection; 10 ms to 1 h.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The maximum number of open streams; 1 to 10,000. The server refuses further ones with 503.</summary>
    public int StreamsMax { get; set; } = 64;

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault() =>
        PageEntriesMax is < 1 or > 1_000_000 ? "Feed:PageEntriesMax must be between 1 and 1000000."
        : PageEntries < 1 || PageEntries > PageEntriesMax ? $"Feed:PageEntries must be between 1 and Feed:PageEntriesMax ({PageEntriesMax})."
        : PollInterval < PollIntervalLeast || PollInterval > PollIntervalLimit ? "Feed:PollInterval must be between 00:00:00.001 and 00:01:00."
        : KeepAliveInterval < KeepAliveIntervalLeast || KeepAliveInterval > KeepAliveIntervalLimit ? "Feed:KeepAliveInterval must be between 00:00:00.010 and 01:00:00."
        : StreamsMax is < 1 or > 10_000 ? "Feed:StreamsMax must be between 1 and 10000."
        : null;
}

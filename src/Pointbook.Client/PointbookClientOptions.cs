namespace Pointbook.Client;

/// <summary>How a <see cref="PointbookClient"/> waits and sends again.</summary>
public sealed class PointbookClientOptions
{
    private static readonly TimeSpan TimeLeast = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan TimeLimit = TimeSpan.FromHours(1);

    /// <summary>
    /// The API key that is sent with every request, or null where there is none or a handler of the HTTP client adds credentials. Give each program a key
    /// of its own, and send keys over https, or within one machine.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>How often a request is sent at most that may be sent again: a question, or a write with an idempotency key. 1 to 20; 1 sends nothing again.</summary>
    public int AttemptsMax { get; set; } = 4;

    /// <summary>About how long to wait before the second attempt; later pauses are longer. 10 ms to 1 h.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest <c>Retry-After</c> that is waited for; if the server asks for more, the refusal is thrown at once. 10 ms to 1 h.</summary>
    public TimeSpan RetryAfterMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one attempt may take. Imports and the feed, which take as long as they take, are exempt. 10 ms to 1 h.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long without a byte the feed is taken for dead and opened anew; the server sends something every 15 seconds. 10 ms to 1 h.</summary>
    public TimeSpan SilenceMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock that pauses are measured with.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Makes the key of a write whose caller names none. Every call has to give another one.</summary>
    public Func<string> NewKey { get; set; } = static () => Guid.NewGuid().ToString("N");

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        ApiKey?.AsSpan().ContainsAnyExceptInRange('!', '~') == true || ApiKey?.Length == 0 ? $"{nameof(ApiKey)} must be a key as it was printed, without blanks, or null."
        : AttemptsMax is < 1 or > 20 ? $"{nameof(AttemptsMax)} must be between 1 and 20."
        : IsOutside(RetryDelay) ? Sentence(nameof(RetryDelay))
        : IsOutside(RetryAfterMax) ? Sentence(nameof(RetryAfterMax))
        : IsOutside(AttemptTimeout) ? Sentence(nameof(AttemptTimeout))
        : IsOutside(SilenceMax) ? Sentence(nameof(SilenceMax))
        : null;

    private static bool IsOutside(TimeSpan time) => time < TimeLeast || time > TimeLimit;

    private static string Sentence(string name) => $"{name} must be between {TimeLeast} and {TimeLimit}.";
}

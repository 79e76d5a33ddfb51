namespace Pointbook.Client;

/// <summary>How a <see cref="PointbookClient"/> waits and repeats requests.</summary>
public sealed class PointbookClientOptions
{
    private static readonly TimeSpan TimeLeast = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan TimeLimit = TimeSpan.FromHours(1);

    /// <summary>
    /// The API key that the client sends with every request. Null if the server needs none, or if a handler of the HTTP client adds credentials.
    /// Give each program a separate key. Send keys only over https, or within one machine.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>The largest number of attempts for a request that is safe to repeat, such as a read or a write with an idempotency key. 1 to 20; 1 repeats nothing.</summary>
    public int AttemptsMax { get; set; } = 4;

    /// <summary>The approximate pause before the second attempt; later pauses are longer. 10 ms to 1 h.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest <c>Retry-After</c> that the client waits for. If the server asks for more, the client throws at once. 10 ms to 1 h.</summary>
    public TimeSpan RetryAfterMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one attempt may take. Imports and the stream of the feed have no such limit. 10 ms to 1 h.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest silence of the feed before the client reconnects; the server sends something every 15 seconds. 10 ms to 1 h.</summary>
    public TimeSpan SilenceMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock that measures pauses.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Creates the key of a write whose caller names none. Every call must return a different key.</summary>
    public Func<string> NewKey { get; set; } = static () => Guid.NewGuid().ToString("N");

    /// <summary>What is wrong with the options, as a sentence, or null.</summary>
    public string? Fault() =>
        ApiKey?.AsSpan().ContainsAnyExceptInRange('!', '~') == true || ApiKey?.Length == 0 ? $"{nameof(ApiKey)} must be null, or an API key exactly as it was printed, without spaces."
        : AttemptsMax is < 1 or > 20 ? $"{nameof(AttemptsMax)} must be between 1 and 20."
        : IsOutside(RetryDelay) ? Sentence(nameof(RetryDelay))
        : IsOutside(RetryAfterMax) ? Sentence(nameof(RetryAfterMax))
        : IsOutside(AttemptTimeout) ? Sentence(nameof(AttemptTimeout))
        : IsOutside(SilenceMax) ? Sentence(nameof(SilenceMax))
        : null;

    private static bool IsOutside(TimeSpan time) => time < TimeLeast || time > TimeLimit;

    private static string Sentence(string name) => $"{name} must be between {TimeLeast} and {TimeLimit}.";
}

namespace Pointbook.Client;

/// <summary>How a <see cref="PointbookClient"/> authenticates, waits and repeats requests.</summary>
public sealed class PointbookClientOptions
{
    private static readonly TimeSpan TimeLeast = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan TimeLimit = TimeSpan.FromHours(1);

    /// <summary>
    /// The API key that the client sends with every request. Null if the server needs none, or if a handler of the HTTP
    /// client adds credentials. Give each program a separate API key. Send API keys only over https, or within one machine.
    /// Default: null.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// The largest number of attempts for a request that is safe to repeat, such as a read or a write with an idempotency
    /// key. Range: 1 to 20. 1 repeats nothing. Default: 4.
    /// </summary>
    public int AttemptsMax { get; set; } = 4;

    /// <summary>
    /// The approximate pause before the second attempt. Later pauses are longer. Range: 10 ms to 1 h. Default: 200 ms.
    /// </summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The longest <c>Retry-After</c> that the client waits for. If the server asks for more, the client throws at once.
    /// Range: 10 ms to 1 h. Default: 30 s.
    /// </summary>
    public TimeSpan RetryAfterMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long one attempt may take. It does not limit imports, nor the stream of the journal once it has begun. Range: 10
    /// ms to 1 h. Default: 30 s.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest silence of the stream of the journal, after which the client reconnects. By default, the server sends
    /// something every 15 s. Range: 10 ms to 1 h. Default: 1 min.
    /// </summary>
    public TimeSpan SilenceMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock that measures pauses and time limits.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Creates the idempotency key of a write whose caller passes none. Every call must return a different key.</summary>
    public Func<string> NewKey { get; set; } = static () => Guid.NewGuid().ToString("N");

    /// <summary>Describes an invalid option in a sentence, or returns null.</summary>
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

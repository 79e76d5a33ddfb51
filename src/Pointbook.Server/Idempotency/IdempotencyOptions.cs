namespace Pointbook.Server.Idempotency;

/// <summary>How long the server keeps idempotency keys: section <c>Idempotency</c> of the configuration.</summary>
public sealed class IdempotencyOptions
{
    private static readonly TimeSpan KeepForMin = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeepForLimit = TimeSpan.FromDays(365);

    /// <summary>How long a key counts as used after its write was recorded; 1 h to 365 days.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault() =>
        KeepFor < KeepForMin || KeepFor > KeepForLimit ? $"Idempotency:KeepFor must be between {KeepForMin} and {KeepForLimit}, but is {KeepFor}." : null;
}

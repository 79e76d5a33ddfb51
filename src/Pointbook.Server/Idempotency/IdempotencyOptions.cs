namespace Pointbook.Server.Idempotency;

/// <summary>How idempotency keys are kept: section <c>Idempotency</c> of the configuration.</summary>
public sealed class IdempotencyOptions
{
    private static readonly TimeSpan KeepForMin = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeepForLimit = TimeSpan.FromDays(365);

    /// <summary>How long a key counts as used after its write was recorded; 1 h to 365 days.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        KeepFor < KeepForMin || KeepFor > KeepForLimit ? $"Idempotency:KeepFor is {KeepFor}; set it from {KeepForMin} to {KeepForLimit}." : null;
}

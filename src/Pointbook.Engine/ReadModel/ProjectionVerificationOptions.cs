using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>How a projection is compared with its journal.</summary>
public sealed record ProjectionVerificationOptions
{
    /// <summary>Idempotency keys that were decided before this instant may be missing, because servers delete old keys. No key may be missing if nothing is said.</summary>
    public Instant KeysFrom { get; init; } = Instant.MinValue;

    /// <summary>
    /// How many entries are kept in memory at a time, roughly: at least 1, and 4,000,000 if nothing is said, which take up to about 1 GB. The journal is read once for each as many.
    /// </summary>
    public long EntriesInMemoryMax { get; init; } = 4_000_000;

    /// <summary>How many differences are described: at least 1, and 20 if nothing is said. Further ones are counted.</summary>
    public int DifferencesMax { get; init; } = 20;

    /// <summary>What is wrong with the options, as a sentence that names the option; null if nothing is.</summary>
    public string? Fault() =>
        EntriesInMemoryMax < 1 ? "EntriesInMemoryMax must be at least 1."
        : DifferencesMax < 1 ? "DifferencesMax must be at least 1."
        : null;
}

/// <summary>What came of comparing a projection with its journal. Immutable.</summary>
/// <param name="Through">Every entry up to this one was compared.</param>
/// <param name="Accounts">How many accounts were compared.</param>
/// <param name="Rebuild">Why the next start rebuilds the projection, so that nothing was compared; null if it does not.</param>
/// <param name="Differences">What differs, one sentence each, at most <see cref="ProjectionVerificationOptions.DifferencesMax"/>.</param>
/// <param name="DifferenceCount">How many differences there are.</param>
public sealed record ProjectionVerdict(Sequence Through, long Accounts, string? Rebuild, IReadOnlyList<string> Differences, long DifferenceCount);

using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>How a projection is compared with its journal.</summary>
/// <param name="KeysFrom">Idempotency keys that were decided before this instant may be missing, because servers delete old keys.</param>
public sealed record ProjectionVerificationOptions(Instant KeysFrom)
{
    /// <summary>
    /// How many entries are kept in memory at a time, roughly: from 1, 4,000,000 if nothing is said, which take up to about 1 GB. The journal is read once for each as many.
    /// </summary>
    public long EntriesInMemoryMax { get; init; } = 4_000_000;

    /// <summary>How many differences are described, from 1; further ones are counted.</summary>
    public int DifferencesMax { get; init; } = 20;
}

/// <summary>What came of comparing a projection with its journal. Immutable.</summary>
/// <param name="Through">Every entry up to this one was compared.</param>
/// <param name="Accounts">How many accounts were compared.</param>
/// <param name="Rebuild">Why the next start rebuilds the projection, so that nothing was compared; null if it does not.</param>
/// <param name="Differences">What differs, one sentence each, at most <see cref="ProjectionVerificationOptions.DifferencesMax"/>.</param>
/// <param name="DifferenceCount">How many differences there are.</param>
public sealed record ProjectionVerdict(Sequence Through, long Accounts, string? Rebuild, IReadOnlyList<string> Differences, long DifferenceCount);

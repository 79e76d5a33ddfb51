using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The bounds of a comparison of a projection with its journal. Immutable.</summary>
public sealed record ProjectionVerificationBounds
{
    /// <summary>For how long servers keep idempotency keys: longer than zero, 7 days if nothing is said. Older keys may be missing.</summary>
    public TimeSpan KeysKeptFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How many entries are kept in memory at a time, roughly: at least 1, and 2,000,000 if nothing is said. An entry takes about 100 bytes, and an account about 1 KB more.
    /// A longer journal is read several times, and each time a part of the accounts is compared.
    /// </summary>
    public long EntriesInMemoryMax { get; init; } = 2_000_000;

    /// <summary>How many differences are described: at least 1, and 20 if nothing is said. Further ones are counted.</summary>
    public int DifferencesMax { get; init; } = 20;

    /// <summary>What is wrong with the bounds, as a sentence that names the bound; null if nothing is.</summary>
    public string? Fault() =>
        KeysKeptFor <= TimeSpan.Zero ? "KeysKeptFor must be longer than zero."
        : EntriesInMemoryMax < 1 ? "EntriesInMemoryMax must be at least 1."
        : DifferencesMax < 1 ? "DifferencesMax must be at least 1."
        : null;
}

/// <summary>What came of comparing a projection with its journal. Immutable.</summary>
/// <param name="Through">Every entry up to this one was compared.</param>
/// <param name="Accounts">How many accounts were compared.</param>
/// <param name="Rebuild">Why the next start rebuilds the projection, so that nothing was compared; null if it does not.</param>
/// <param name="Differences">What differs, one sentence each, at most <see cref="ProjectionVerificationBounds.DifferencesMax"/>.</param>
/// <param name="DifferenceCount">How many differences there are.</param>
public sealed record ProjectionVerdict(Sequence Through, long Accounts, string? Rebuild, IReadOnlyList<string> Differences, long DifferenceCount)
{
    /// <summary>The payers whose sums changed each time they were read, so that nobody could say which entries they contain.</summary>
    public IReadOnlyList<PayerName> UnstablePayers { get; init; } = [];

    /// <summary>Nothing was compared, because the next start rebuilds the projection.</summary>
    internal static ProjectionVerdict ToBeRebuilt(string reason) => new(Sequence.Zero, 0, reason.TrimEnd('.'), [], 0);
}

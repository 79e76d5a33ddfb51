using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The bounds of a comparison of an account store with its journal. Immutable.</summary>
public sealed record AccountStoreVerificationBounds
{
    /// <summary>How long servers keep idempotency keys: longer than zero, 7 days by default. Older keys may be missing.</summary>
    public TimeSpan KeysKeptFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// The approximate number of entries in memory at a time: at least 1, and 2,000,000 by default. An entry takes about 100 bytes, and an account about 1 KB more.
    /// The comparison reads a longer journal several times, and compares a part of the accounts each time.
    /// </summary>
    public long EntriesInMemoryMax { get; init; } = 2_000_000;

    /// <summary>How many differences to describe: at least 1, and 20 by default. Further ones are only counted.</summary>
    public int DifferencesMax { get; init; } = 20;

    /// <summary>The fault in the bounds, as a sentence that names the bound; null if there is none.</summary>
    public string? Fault() =>
        KeysKeptFor <= TimeSpan.Zero ? "KeysKeptFor must be longer than zero."
        : EntriesInMemoryMax < 1 ? "EntriesInMemoryMax must be at least 1."
        : DifferencesMax < 1 ? "DifferencesMax must be at least 1."
        : null;
}

/// <summary>The result of comparing an account store with its journal. Immutable.</summary>
/// <param name="Through">Every entry up to this one was compared.</param>
/// <param name="Accounts">The number of compared accounts.</param>
/// <param name="Rebuild">Why the next start rebuilds the account store, so that nothing was compared; null if it does not.</param>
/// <param name="Differences">The differences, one sentence each, at most <see cref="AccountStoreVerificationBounds.DifferencesMax"/>.</param>
/// <param name="DifferenceCount">The number of differences.</param>
public sealed record AccountStoreVerdict(Sequence Through, long Accounts, string? Rebuild, IReadOnlyList<string> Differences, long DifferenceCount)
{
    /// <summary>Returns the verdict for an account store that the next start rebuilds, so that nothing was compared.</summary>
    internal static AccountStoreVerdict ToBeRebuilt(string reason) => new(Sequence.Zero, 0, reason.TrimEnd('.'), [], 0);
}

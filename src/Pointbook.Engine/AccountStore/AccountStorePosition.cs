using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The position of an account store in the journal. Immutable.</summary>
/// <param name="Last">The tables contain every entry up to this one.</param>
/// <param name="Seal">The seal of the commit that ends there.</param>
/// <param name="TargetLast">The tables contain no entry after this one; it is later than <paramref name="Last"/> if a round was interrupted.</param>
/// <param name="TargetSeal">The seal of the commit that ends there.</param>
public sealed record AccountStorePosition(Sequence Last, Digest Seal, Sequence TargetLast, Digest TargetSeal)
{
    /// <summary>Whether rows of some account were found damaged, so that the next start rebuilds everything.</summary>
    public bool HasDamagedAccounts { get; init; }

    /// <summary>The damage for which the tables must be rebuilt; null if none was found.</summary>
    public string? Damage { get; init; }

    /// <summary>How often the tables were emptied. A store that no other process uses counts from its opening. Equality of positions ignores it.</summary>
    public long Resets { get; init; }

    /// <summary>How many rows with an invalid account key this process has deleted. Each may have been the row of an account. Equality of positions ignores it.</summary>
    public long RowsOfNoAccount { get; init; }

    /// <summary>The position of an empty account store.</summary>
    public static AccountStorePosition Start { get; } = new(Sequence.Zero, default, Sequence.Zero, default);

    /// <inheritdoc/>
    public bool Equals(AccountStorePosition? other) => other is not null
        && (Last, Seal, TargetLast, TargetSeal, HasDamagedAccounts, Damage)
            == (other.Last, other.Seal, other.TargetLast, other.TargetSeal, other.HasDamagedAccounts, other.Damage);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Last, TargetLast, Seal);
}

namespace Pointbook.Contracts;

/// <summary>What became of one payer's points over all accounts, from one UTC day up to and without another, by the time of record.</summary>
/// <remarks>
/// The flows are positive, so <see cref="Opening"/> + <see cref="Credited"/> − <see cref="Deducted"/> − <see cref="Spent"/> +
/// <see cref="Returned"/> − <see cref="Expired"/> − <see cref="Flushed"/> + <see cref="Restored"/> = <see cref="Closing"/>. The points of
/// <see cref="Ageing"/> less <see cref="UnpaidDeductions"/> are <see cref="Closing"/> as well. Sums may be beyond 64 bits.
/// </remarks>
public sealed record Statement
{
    /// <summary>Who funds the points.</summary>
    public required string Payer { get; init; }

    /// <summary>The first day.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The first day that does not count any longer.</summary>
    public required DateOnly To { get; init; }

    /// <summary>The payer's points at the beginning.</summary>
    public required Int128 Opening { get; init; }

    /// <summary>What came in.</summary>
    public required Int128 Credited { get; init; }

    /// <summary>What the payer took back.</summary>
    public required Int128 Deducted { get; init; }

    /// <summary>What was spent, pending spends included.</summary>
    public required Int128 Spent { get; init; }

    /// <summary>What reversals and ends of holds gave back.</summary>
    public required Int128 Returned { get; init; }

    /// <summary>What expired.</summary>
    public required Int128 Expired { get; init; }

    /// <summary>What went with flushes.</summary>
    public required Int128 Flushed { get; init; }

    /// <summary>What restores of flushes brought back.</summary>
    public required Int128 Restored { get; init; }

    /// <summary>The payer's points at the end.</summary>
    public required Int128 Closing { get; init; }

    /// <summary>Whether opening and flows come to the closing, and the ages and unpaid deductions as well.</summary>
    public required bool AddsUp { get; init; }

    /// <summary>What of it happened before the first day, for an earlier period.</summary>
    public required LateFlows Late { get; init; }

    /// <summary>What is left at the end, by the age of the credits.</summary>
    public required IReadOnlyList<AgeingBand> Ageing { get; init; }

    /// <summary>Deductions that no lot has paid for at the end.</summary>
    public required Int128 UnpaidDeductions { get; init; }

    /// <summary>What of it had expired at the end and was not swept yet.</summary>
    public required Int128 Due { get; init; }

    /// <summary>What of it expires in the 30 days from the end.</summary>
    public required Int128 Expiring30Days { get; init; }

    /// <summary>What of it expires in the 90 days from the end, those 30 days included.</summary>
    public required Int128 Expiring90Days { get; init; }
}

/// <summary>What was recorded in a period and happened before it.</summary>
/// <param name="Credited">What of the credits.</param>
/// <param name="Deducted">What of the deductions.</param>
public sealed record LateFlows(Int128 Credited, Int128 Deducted);

/// <summary>What is left of credits of some age.</summary>
/// <param name="FromDays">The youngest age, in days.</param>
/// <param name="ToDays">The oldest age; left out where there is no oldest.</param>
/// <param name="Points">What is left, before unpaid deductions.</param>
public sealed record AgeingBand(int FromDays, int? ToDays, Int128 Points);

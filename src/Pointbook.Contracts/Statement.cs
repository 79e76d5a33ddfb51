namespace Pointbook.Contracts;

/// <summary>
/// The changes of one payer's points over all accounts in a period. The statement counts entries by the UTC day on which
/// they were recorded. Sums may exceed 64 bits.
/// </summary>
/// <remarks>
/// All flows are reported as positive numbers. <see cref="Opening"/> + <see cref="Credited"/> − <see cref="Deducted"/> −
/// <see cref="Spent"/> + <see cref="Returned"/> − <see cref="Expired"/> − <see cref="Flushed"/> + <see cref="Restored"/> =
/// <see cref="Closing"/>. The points of <see cref="Ageing"/> minus <see cref="UnpaidDeductions"/> are also
/// <see cref="Closing"/>.
/// </remarks>
public sealed record Statement
{
    /// <summary>The payer, who funds the points.</summary>
    public required string Payer { get; init; }

    /// <summary>The first day of the period, in UTC.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The first day after the period, in UTC.</summary>
    public required DateOnly To { get; init; }

    /// <summary>The payer's points at the beginning of <c>from</c>: the sum of its balances, without held points.</summary>
    public required Int128 Opening { get; init; }

    /// <summary>The points that credits added in the period.</summary>
    public required Int128 Credited { get; init; }

    /// <summary>The points that deductions removed in the period.</summary>
    public required Int128 Deducted { get; init; }

    /// <summary>The points that spends drew in the period, including pending spends.</summary>
    public required Int128 Spent { get; init; }

    /// <summary>The points that reversals and ends of holds returned in the period.</summary>
    public required Int128 Returned { get; init; }

    /// <summary>The points that expired in the period, by the time at which the expiry was recorded.</summary>
    public required Int128 Expired { get; init; }

    /// <summary>The points that flushes removed in the period.</summary>
    public required Int128 Flushed { get; init; }

    /// <summary>The points that restores brought back in the period.</summary>
    public required Int128 Restored { get; init; }

    /// <summary>The payer's points at the end of the period: the sum of its balances, without held points.</summary>
    public required Int128 Closing { get; init; }

    /// <summary>
    /// Whether the statement is consistent: <c>opening</c> and the flows add up to <c>closing</c>, and no sum that must not
    /// be negative is negative.
    /// </summary>
    public required bool AddsUp { get; init; }

    /// <summary>The part of <c>credited</c> and <c>deducted</c> whose timestamp is before <c>from</c>.</summary>
    public required LateFlows Late { get; init; }

    /// <summary>
    /// The points left in lots at the end of the period, by the age of their credits. The bands are 0 to 90, 91 to 180, 181
    /// to 365, and from 366 days.
    /// </summary>
    public required IReadOnlyList<AgeingBand> Ageing { get; init; }

    /// <summary>
    /// The part of the payer's deductions that no lot had paid by the end of the period. <c>closing</c> is already reduced
    /// by it, but <c>ageing</c> is not.
    /// </summary>
    public required Int128 UnpaidDeductions { get; init; }

    /// <summary>
    /// The points left in lots that expired before <c>to</c>, but whose expiry was not recorded by then. Unpaid deductions
    /// are not subtracted.
    /// </summary>
    public required Int128 Due { get; init; }

    /// <summary>The points left in lots that expire in the 30 days from <c>to</c>. Unpaid deductions are not subtracted.</summary>
    public required Int128 Expiring30Days { get; init; }

    /// <summary>
    /// The points left in lots that expire in the 90 days from <c>to</c>, including those of the first 30 days. Unpaid
    /// deductions are not subtracted.
    /// </summary>
    public required Int128 Expiring90Days { get; init; }
}

/// <summary>What the period recorded, although its timestamp is before the period.</summary>
/// <param name="Credited">The points of such credits.</param>
/// <param name="Deducted">The points of such deductions, as a positive number.</param>
public sealed record LateFlows(Int128 Credited, Int128 Deducted);

/// <summary>The points left in lots whose credits have a certain age.</summary>
/// <param name="FromDays">
/// The lowest age in the band, in days, from the day of the timestamp to the day <c>to</c>. The youngest band also has later
/// timestamps.
/// </param>
/// <param name="ToDays">The highest age in the band, in days, inclusive. Absent for the oldest band, which has no limit.</param>
/// <param name="Points">The points left. Unpaid deductions are not subtracted.</param>
public sealed record AgeingBand(int FromDays, int? ToDays, Int128 Points);

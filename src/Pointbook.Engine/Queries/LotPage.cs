using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A page of one account's open lots, in spending order. Immutable.</summary>
/// <param name="Partition">The partition of the account.</param>
/// <param name="AsOf">When the lots were read.</param>
/// <param name="Lots">The lots.</param>
/// <param name="Next">Where the next page begins; null at the end.</param>
public sealed record LotPage(int Partition, Instant AsOf, IReadOnlyList<OpenLot> Lots, LotPlace? Next);

/// <summary>One open lot.</summary>
/// <param name="Key">Identifies and orders the lot. Its sequence is that of the credit.</param>
/// <param name="Payer">The payer that funds it.</param>
/// <param name="Points">The points left in it.</param>
/// <param name="Deductions">The part of these points that the payer's unpaid deductions will use.</param>
/// <param name="ExpiresAt">When it expires; null if it does not.</param>
public readonly record struct OpenLot(LotKey Key, PayerName Payer, Points Points, Points Deductions, Instant? ExpiresAt);

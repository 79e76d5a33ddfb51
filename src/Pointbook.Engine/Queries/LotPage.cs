using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Some open lots of one account in the order in which they are spent. Immutable.</summary>
/// <param name="Partition">The partition of the account.</param>
/// <param name="AsOf">When they were read.</param>
/// <param name="Lots">The lots.</param>
/// <param name="Next">Where to go on; null at the end.</param>
public sealed record LotPage(int Partition, Instant AsOf, IReadOnlyList<OpenLot> Lots, LotPlace? Next);

/// <summary>One open lot.</summary>
/// <param name="Key">What identifies and orders it; its sequence is that of the credit.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Points">What is left of it.</param>
/// <param name="Deductions">How much of that outstanding deductions of the payer will take.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct OpenLot(LotKey Key, PayerName Payer, Points Points, Points Deductions, Instant? ExpiresAt);

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>What is left of one credit.</summary>
/// <param name="Key">What identifies and orders it.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Remaining">What is left, more than zero while the lot is open.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct Lot(LotKey Key, PayerLine Payer, Points Remaining, Instant? ExpiresAt);

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>What is left of one credit.</summary>
/// <param name="Key">What identifies and orders it.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Remaining">What is left, more than zero while the lot is open.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct Lot(LotKey Key, PayerLine Payer, Points Remaining, Instant? ExpiresAt)
{
    private const long BeforeFirst = Instant.MicrosecondsMin - 1;

    // Half of what an Instant? takes, and accounts may have very many lots.
    private readonly long _expiresAt = Pack(ExpiresAt);

    /// <summary>When it expires, or null.</summary>
    public Instant? ExpiresAt
    {
        get => _expiresAt == 0 ? null : new Instant(unchecked(_expiresAt + BeforeFirst));
        init => _expiresAt = Pack(value);
    }

    /// <summary>How many microseconds an instant is behind the one before the first, which leaves zero for none.</summary>
    private static long Pack(Instant? instant) => instant is null ? 0 : unchecked(instant.Value.UnixMicroseconds - BeforeFirst);
}

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The rest of one credit.</summary>
/// <param name="Key">Identifies and orders the lot.</param>
/// <param name="Payer">The payer of the lot.</param>
/// <param name="Remaining">The points left, more than zero while the lot is open.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct Lot(LotKey Key, PayerLine Payer, Points Remaining, Instant? ExpiresAt)
{
    private const long BeforeFirst = Instant.MicrosecondsMin - 1;

    // Half the size of an Instant?, because accounts may have very many lots.
    private readonly long _expiresAt = Pack(ExpiresAt);

    /// <summary>When it expires, or null.</summary>
    public Instant? ExpiresAt
    {
        get => _expiresAt == 0 ? null : new Instant(unchecked(_expiresAt + BeforeFirst));
        init => _expiresAt = Pack(value);
    }

    /// <summary>The distance of an instant from the one before the first, in microseconds. So zero means none.</summary>
    private static long Pack(Instant? instant) => instant is null ? 0 : unchecked(instant.Value.UnixMicroseconds - BeforeFirst);
}

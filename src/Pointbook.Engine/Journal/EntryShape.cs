using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The first two bytes of an encoded entry: its kind, and which parts follow.</summary>
internal readonly record struct EntryShape(byte First, byte Second)
{
    private const int KindMask = 0x3F;
    private const byte SameAccountBit = 0x40;
    private const byte FirstBit = 0x80;
    private const int AmountShift = 6;

    /// <summary>Returns the bytes to write before the parts of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="hasSameAccount">Whether the previous entry in the block has the same account.</param>
    public static EntryShape Of(Entry entry, bool hasSameAccount)
    {
        EntryParts parts = (entry.Payer is null ? 0 : EntryParts.Payer)
            | (entry.OccurredAt is null ? 0 : EntryParts.OccurredAt)
            | (entry.Lot is null ? 0 : EntryParts.Lot)
            | (entry.ExpiresAt is null ? 0 : EntryParts.ExpiresAt)
            | (entry.Subject is null ? 0 : EntryParts.Subject)
            | (OriginPartsOf(entry) == 0 ? 0 : EntryParts.Origin);
        AmountShape amounts = AmountsOf(entry.Points, entry.LotPoints);
        return new EntryShape(
            (byte)((int)entry.Kind | (hasSameAccount ? SameAccountBit : 0) | (entry.IsFirst ? FirstBit : 0)),
            (byte)((int)parts | ((int)amounts << AmountShift)));
    }

    public EntryKind Kind => (EntryKind)(First & KindMask);

    public bool HasKnownKind => Kind is >= EntryKind.Credit and <= EntryKind.Erasure;

    public bool HasSameAccount => (First & SameAccountBit) != 0;

    public bool IsFirst => (First & FirstBit) != 0;

    public bool HasPayer => Has(EntryParts.Payer);

    public bool HasOccurredAt => Has(EntryParts.OccurredAt);

    public bool HasLot => Has(EntryParts.Lot);

    public bool HasExpiresAt => Has(EntryParts.ExpiresAt);

    public bool HasSubject => Has(EntryParts.Subject);

    public bool HasOrigin => Has(EntryParts.Origin);

    public AmountShape Amounts => (AmountShape)(Second >> AmountShift);

    /// <summary>The shortest form of two amounts.</summary>
    public static AmountShape AmountsOf(Points points, Points lotPoints) =>
        points == lotPoints ? AmountShape.Same
        : lotPoints.IsZero ? AmountShape.BalanceOnly
        : points.IsZero ? AmountShape.LotOnly
        : AmountShape.Both;

    /// <summary>The parts of an entry's origin; none if it has no origin or an empty one.</summary>
    public static OriginParts OriginPartsOf(Entry entry) => entry.Origin is not { } origin ? 0
        : (origin.Key is null ? 0 : OriginParts.Key)
        | (origin.Reference is null ? 0 : OriginParts.Reference)
        | (origin.Reason is null ? 0 : OriginParts.Reason)
        | (origin.Actor is null ? 0 : OriginParts.Actor);

    private bool Has(EntryParts part) => ((EntryParts)Second & part) != 0;

    [Flags]
    private enum EntryParts
    {
        Payer = 1,
        OccurredAt = 2,
        Lot = 4,
        ExpiresAt = 8,
        Subject = 16,
        Origin = 32,
    }
}

/// <summary>Which of its two amounts an encoded entry contains.</summary>
internal enum AmountShape
{
    /// <summary>Balance and lot change by the same amount.</summary>
    Same = 0,

    /// <summary>The lot does not change.</summary>
    BalanceOnly = 1,

    /// <summary>The balance does not change.</summary>
    LotOnly = 2,

    /// <summary>Both change, by different amounts.</summary>
    Both = 3,
}

/// <summary>The parts that an encoded origin contains.</summary>
[Flags]
internal enum OriginParts
{
    Key = 1,
    Reference = 2,
    Reason = 4,
    Actor = 8,
    All = Key | Reference | Reason | Actor,
}

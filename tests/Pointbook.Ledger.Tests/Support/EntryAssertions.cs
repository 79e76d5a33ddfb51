using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Checks that the entries of every operation must pass, whatever its kind.</summary>
internal static class EntryAssertions
{
    public static void AssertOperation(IReadOnlyList<Entry> entries, Sequence first, Command command)
    {
        for (int index = 0; index < entries.Count; index++)
        {
            Entry entry = entries[index];
            Assert.Equal(first.Plus(index), entry.Sequence);
            Assert.Equal(first, entry.Operation);
            Assert.Equal(index == 0, entry.IsFirst);
            Assert.Equal(command.Account, entry.Account);
            Assert.Equal(index == 0 ? command.Origin : command.Origin?.ForFurtherEntries(), entry.Origin);
            Assert.True(index == 0 ? entry.Subject == (command as SubjectCommand)?.Subject : entry.Subject is not null == IsAboutHold(entry));
            Assert.NotEqual(EntryKind.Expiry, OperationKind.Of(entries[0]));
            AssertAmounts(entry);
        }
    }

    /// <summary>Checks entries of due events: they are whole operations without an origin, and each was due at the current time.</summary>
    public static void AssertDue(IReadOnlyList<Entry> entries, Sequence first, Instant now)
    {
        Assert.NotEmpty(entries);
        Entry operation = entries[0];
        for (int index = 0; index < entries.Count; index++)
        {
            Entry entry = entries[index];
            operation = entry.IsFirst ? entry : operation;
            Assert.Equal(first.Plus(index), entry.Sequence);
            Assert.Equal(operation.Sequence, entry.Operation);
            Assert.Equal(Given.Account, entry.Account);
            Assert.Null(entry.Origin);
            Assert.Equal(entry.Kind == EntryKind.Reversal, entry.Subject is not null);
            Assert.True(entry.Kind == EntryKind.Return || entry.ExpiresAt <= now);
            Assert.True(OperationKind.Of(operation) == EntryKind.Reversal
                ? entry.Kind is EntryKind.Reversal or EntryKind.Return
                : OperationKind.Of(operation) == EntryKind.Expiry && entry.Kind is EntryKind.Settlement or EntryKind.Expiry);
            Assert.True(operation.Kind == EntryKind.Reversal || entry.Lot == operation.Lot);
            AssertAmounts(entry);
        }
    }

    /// <summary>Whether an entry of a flush or a restore is about a pending spend.</summary>
    private static bool IsAboutHold(Entry entry) => entry is { Kind: EntryKind.Flush or EntryKind.Restore, Payer: null, IsFirst: false };

    private static void AssertAmounts(Entry entry)
    {
        Assert.True(entry.IsFirst || (entry.PreviousOperation == Sequence.Zero && entry.BalanceBefore.IsZero));
        bool isAboutHold = IsAboutHold(entry);
        bool isEmptyFlush = entry is { Kind: EntryKind.Flush, Payer: null, IsFirst: true };
        bool isHeader = entry.Kind is EntryKind.Spend or EntryKind.Reversal or EntryKind.Capture or EntryKind.Erasure || isEmptyFlush;
        Assert.True(!isEmptyFlush || (entry.IsFirst && entry.Points.IsZero && entry.LotPoints.IsZero && entry.Origin?.Key is not null));
        bool changesLot = !entry.LotPoints.IsZero;
        Assert.Equal(changesLot, entry.Lot is not null);
        Assert.Equal(changesLot || entry.Kind == EntryKind.Deduction, entry.OccurredAt is not null);
        Assert.Equal(isHeader || isAboutHold, entry.Payer is null);
        Assert.True(!isAboutHold || (entry.ExpiresAt is not null && entry.Points.IsZero && entry.LotPoints.IsZero));
        Assert.True(entry.ExpiresAt is null || changesLot || isAboutHold || entry.Kind is EntryKind.Spend or EntryKind.Reversal);
        Assert.True(entry.IsFirst || !isHeader);
        bool isRight = entry.Kind switch
        {
            EntryKind.Credit => entry.Points.IsPositive && entry.Points == entry.LotPoints && entry.Lot == entry.Sequence,
            EntryKind.Deduction => entry.Points.IsNegative && entry.LotPoints.IsZero,
            EntryKind.Spend or EntryKind.Reversal or EntryKind.Capture or EntryKind.Erasure => entry.Points.IsZero && entry.LotPoints.IsZero,
            EntryKind.Draw or EntryKind.Expiry => entry.Points.IsNegative && entry.Points == entry.LotPoints,
            EntryKind.Settlement => entry.Points.IsZero && entry.LotPoints.IsNegative,
            EntryKind.Return => entry.Points.IsPositive && entry.Points == entry.LotPoints,
            EntryKind.Flush => entry.LotPoints <= entry.Points && entry.Points <= Points.Zero,
            EntryKind.Restore => entry.LotPoints >= entry.Points && entry.Points >= Points.Zero,
            _ => false,
        };
        Assert.True(isRight, $"{entry} is not well-formed.");
    }
}

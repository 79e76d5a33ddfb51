using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>What holds for the entries of every operation, whatever it is.</summary>
internal static class EntryForm
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
            Assert.Same(index == 0 ? command.Origin : null, entry.Origin);
            Assert.Null(entry.Subject);
            AssertAmounts(entry);
        }
    }

    private static void AssertAmounts(Entry entry)
    {
        bool changesLot = !entry.LotPoints.IsZero;
        Assert.Equal(changesLot, entry.Lot is not null);
        Assert.Equal(changesLot || entry.Kind == EntryKind.Deduction, entry.OccurredAt is not null);
        Assert.Equal(entry.Kind != EntryKind.Spend, entry.Payer is not null);
        switch (entry.Kind)
        {
            case EntryKind.Credit:
                Assert.True(entry.Points.IsPositive && entry.Points == entry.LotPoints && entry.Lot == entry.Sequence);
                break;
            case EntryKind.Deduction:
                Assert.True(entry.Points.IsNegative && entry.LotPoints.IsZero);
                break;
            case EntryKind.Spend:
                Assert.True(entry.IsFirst && entry.Points.IsZero && entry.LotPoints.IsZero);
                break;
            case EntryKind.Draw:
                Assert.True(entry.Points.IsNegative && entry.Points == entry.LotPoints);
                break;
            case EntryKind.Settlement:
                Assert.True(entry.Points.IsZero && entry.LotPoints.IsNegative);
                break;
            case EntryKind.Flush:
                Assert.True(entry.LotPoints <= entry.Points && entry.Points <= Points.Zero);
                break;
            default:
                Assert.Fail($"No rule tested here writes a {entry.Kind}.");
                break;
        }
    }
}

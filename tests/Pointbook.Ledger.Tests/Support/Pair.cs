using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>The ledger and the reference model side by side: each command goes to both, and both have to agree.</summary>
internal sealed class Pair
{
    private readonly ReferenceAccount _reference = new();

    public Book Book { get; init; } = new();

    /// <summary>Does one command in both and compares the answers.</summary>
    /// <returns>Whether it was taken.</returns>
    public bool Do(Command command)
    {
        (Refusal? refusal, IReadOnlyList<Entry> entries) = Book.Try(command);
        switch (command)
        {
            case AddTransaction add:
                AssertSame(_reference.Add(add.Payer, add.Points.Value, add.OccurredAt, Given.TimestampMax), refusal);
                break;
            case SpendPoints spend:
                ReferenceSpend expected = _reference.Spend(spend.Points.Value);
                AssertSame(expected.Refusal, refusal);
                AssertSame(expected, entries);
                break;
            case FlushAccount:
                _reference.Flush();
                Assert.Null(refusal);
                break;
        }

        return refusal is null;
    }

    /// <summary>Compares all that can be seen of the account: lines in their order, what is outstanding, what each lot can still give.</summary>
    public void AssertSameState()
    {
        Assert.Equal(_reference.Balance, Answers.BalanceOf(Book.State));
        Assert.Equal(_reference.Total, Book.State.Balance.Value);
        Assert.All(Book.State.Payers, payer => Assert.Equal(_reference.UnsettledOf(payer.Name), payer.Outstanding.Value));
        Assert.Equal(Book.State.Payers.Any(payer => !payer.Outstanding.IsZero), Book.State.HasOutstanding);

        AccountSnapshot snapshot = Book.State.ToSnapshot();
        Assert.Equal(snapshot.Lots.Count, Book.State.LotCount);
        Assert.All(Book.State.Payers, payer => Assert.Equal(snapshot.Lots.Count(lot => lot.Payer == payer.Name), payer.LotCount));
        Assert.Equal(_reference.NetLots.Select(lot => (KeyOf(lot.OccurredAt, lot.Arrival), lot.Payer, lot.Points)), Answers.NetLotsOf(snapshot));
    }

    private static void AssertSame(ReferenceRefusal? expected, Refusal? actual)
    {
        Assert.Equal(expected?.Code, actual?.Code);
        if (expected?.Available is { } available)
        {
            Assert.Equal(available, actual!.Available!.Value.Value);
        }
    }

    private void AssertSame(ReferenceSpend expected, IReadOnlyList<Entry> entries)
    {
        Assert.Equal(
            expected.Draws.Select(draw => (draw.Payer, KeyOf(draw.OccurredAt, draw.Arrival), draw.Points)),
            entries.Where(entry => entry.Kind == EntryKind.Draw)
                .Select(entry => (entry.Payer!, new LotKey(entry.OccurredAt!.Value, entry.Lot!.Value), -entry.Points.Value)));
        Assert.Equal(expected.Allocations, Answers.AllocationsOf(entries));
    }

    private LotKey KeyOf(Instant occurredAt, int arrival) => new(occurredAt, Book.Arrivals[arrival - 1]);
}

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>The ledger and the reference model. Each command goes to both, and both must agree.</summary>
internal sealed class Pair
{
    private readonly ReferenceAccount _reference = new();

    public Book Book { get; init; } = new();

    /// <summary>Lets time pass, then sends the command of a move to both.</summary>
    /// <returns>Whether both accepted it.</returns>
    public bool Do(Move move)
    {
        Book.Wait(move.Wait);
        return Do(move.In(Book));
    }

    /// <summary>Sends one command to both, and compares the answers and the due events before and after it.</summary>
    /// <returns>Whether both accepted it.</returns>
    public bool Do(Command command)
    {
        IReadOnlyList<ReferenceEvent> before = _reference.ApplyDue(Book.Now);
        int spends = Book.Spends.Count;
        (Refusal? refusal, IReadOnlyList<Entry> entries) = Book.Try(command);
        AssertSame(Answer(command), refusal, entries);
        Assert.Equal(Book.Spends.Count, spends + (command is SpendPoints && refusal is null ? 1 : 0));
        Assert.Equal(before.Concat(_reference.ApplyDue(Book.Now)), Events(Book.Due));
        return refusal is null;
    }

    /// <summary>Compares everything visible of the account: lines in order, unpaid deductions, and what each lot can still give.</summary>
    public void AssertSameState()
    {
        Assert.Equal(_reference.Balance, Answers.BalanceOf(Book.State));
        Assert.Equal(_reference.Total, Book.State.Balance.Value);
        Assert.All(Book.State.Payers, payer => Assert.Equal(_reference.UnsettledOf(payer.Name), payer.Outstanding.Value));
        Assert.Equal(Book.State.Payers.Any(payer => !payer.Outstanding.IsZero), Book.State.HasOutstanding);

        AccountSnapshot snapshot = Book.State.ToSnapshot();
        Assert.Equal(snapshot.Lots.Count, Book.State.LotCount);
        Assert.All(Book.State.Payers, payer => Assert.Equal(snapshot.Lots.Count(lot => lot.Payer == payer.Name), payer.LotCount));
        Assert.Equal(_reference.Held, Book.State.Held.Value);
        Assert.Equal(
            _reference.Holds.Select(hold => (Book.Spends[hold.Spend - 1], hold.HoldUntil)),
            _reference.Holds.Select(hold => (Book.Spends[hold.Spend - 1], Book.State.FindHold(Book.Spends[hold.Spend - 1])!.EndsAt)));
        Assert.Equal(_reference.NetLots.Select(lot => (KeyOf(lot.OccurredAt, lot.Arrival), lot.Payer, lot.Points)), Answers.NetLotsOf(snapshot));
    }

    /// <summary>The reference model's answer to a command, with the draws or returns.</summary>
    private (ReferenceRefusal? Refusal, IReadOnlyList<ReferenceDraw> Lots) Answer(Command command)
    {
        switch (command)
        {
            case AddTransaction add:
                Instant? expiresAt = add.ExpiresAt
                    ?? (add.Points.IsPositive && Book.ExpiryAfter is { } period ? period.AddTo(add.OccurredAt) : null);
                return (_reference.Add(add.Payer, add.Points.Value, add.OccurredAt, Given.TimestampMax, expiresAt), []);
            case SpendPoints spend:
                ReferenceSpend spent = _reference.Spend(
                    spend.Points.Value, spend.Hold is { } hold ? Book.Now.PlusClamped(hold) : null);
                return (spent.Refusal, spent.Draws);
            case CaptureSpend capture:
                return (_reference.Capture(NumberOf(Book.Spends, capture.Subject)), []);
            case ReverseSpend reversal:
                ReferenceReversal reversed = _reference.Reverse(NumberOf(Book.Spends, reversal.Subject));
                return (reversed.Refusal, reversed.Returns);
            case RestoreFlush restore:
                return (_reference.Restore(NumberOf(Book.Flushes, restore.Subject)), []);
            case EraseAccount:
                return (_reference.Erase(), []);
            case FlushAccount:
                _reference.Flush(hasKey: command.Origin?.Key is not null);
                return (null, []);
            default:
                return (null, []);
        }
    }

    private void AssertSame((ReferenceRefusal? Refusal, IReadOnlyList<ReferenceDraw> Lots) expected, Refusal? refusal, IReadOnlyList<Entry> entries)
    {
        Assert.Equal(expected.Refusal?.Code, refusal?.Code);
        if (expected.Refusal?.Available is { } available)
        {
            Assert.Equal(available, refusal!.Available!.Value.Value);
        }

        Assert.Equal(
            expected.Lots.Select(draw => (draw.Payer, KeyOf(draw.OccurredAt, draw.Arrival), draw.Points)),
            entries.Where(entry => entry.Kind is EntryKind.Draw or EntryKind.Return)
                .Select(entry => (entry.Payer!, new LotKey(entry.OccurredAt!.Value, entry.Lot!.Value), Math.Abs(entry.Points.Value))));
    }

    /// <summary>Converts entries of due events into events of the reference model.</summary>
    private IEnumerable<ReferenceEvent> Events(IEnumerable<Entry> due) => due.GroupBy(entry => entry.Operation).Select(operation =>
    {
        Entry first = operation.First();
        return first.Kind == EntryKind.Reversal
            ? (ReferenceEvent)new ReferenceHoldEnd(first.ExpiresAt!.Value, NumberOf(Book.Spends, first.Subject!.Value))
            : new ReferenceExpiry(
                first.ExpiresAt!.Value, NumberOf(Book.Arrivals, first.Lot!.Value), SumOf(operation, EntryKind.Settlement), SumOf(operation, EntryKind.Expiry));
    });

    private static long SumOf(IEnumerable<Entry> entries, EntryKind kind) =>
        -entries.Where(entry => entry.Kind == kind).Sum(entry => entry.LotPoints.Value);

    private static int NumberOf(IReadOnlyList<Sequence> sequences, Sequence sequence) => sequences.ToList().IndexOf(sequence) + 1;

    private LotKey KeyOf(Instant occurredAt, int arrival) => new(occurredAt, Book.Arrivals[arrival - 1]);
}

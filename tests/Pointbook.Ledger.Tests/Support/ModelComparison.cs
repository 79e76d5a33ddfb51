using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>The ledger and the reference model. Each command goes to both, and both must agree.</summary>
internal sealed class ModelComparison
{
    private readonly ReferenceAccount _reference = new();

    public TestAccount Account { get; init; } = new();

    /// <summary>Lets time pass, then sends the command to both.</summary>
    /// <returns>Whether both accepted it.</returns>
    public bool Do(TimedCommand timedCommand)
    {
        Account.Wait(timedCommand.Wait);
        return Do(timedCommand.For(Account));
    }

    /// <summary>Sends one command to both, and compares the answers and the due events before and after it.</summary>
    /// <returns>Whether both accepted it.</returns>
    public bool Do(Command command)
    {
        IReadOnlyList<ReferenceEvent> before = _reference.ApplyDue(Account.Now);
        int spends = Account.Spends.Count;
        (Refusal? refusal, IReadOnlyList<Entry> entries) = Account.Try(command);
        AssertSame(Answer(command), refusal, entries);
        Assert.Equal(Account.Spends.Count, spends + (command is SpendPoints && refusal is null ? 1 : 0));
        Assert.Equal(before.Concat(_reference.ApplyDue(Account.Now)), Events(Account.Due));
        return refusal is null;
    }

    /// <summary>Compares everything visible of the account: lines in order, unpaid deductions, and what each lot can still give.</summary>
    public void AssertSameState()
    {
        Assert.Equal(_reference.Balance, ClientView.BalanceOf(Account.State));
        Assert.Equal(_reference.Total, Account.State.Balance.Value);
        Assert.All(Account.State.Payers, payer => Assert.Equal(_reference.UnsettledOf(payer.Name), payer.Outstanding.Value));
        Assert.Equal(Account.State.Payers.Any(payer => !payer.Outstanding.IsZero), Account.State.HasOutstanding);

        AccountSnapshot snapshot = Account.State.ToSnapshot();
        Assert.Equal(snapshot.Lots.Count, Account.State.LotCount);
        Assert.All(Account.State.Payers, payer => Assert.Equal(snapshot.Lots.Count(lot => lot.Payer == payer.Name), payer.LotCount));
        Assert.Equal(_reference.Held, Account.State.Held.Value);
        Assert.Equal(
            _reference.Holds.Select(hold => (Account.Spends[hold.Spend - 1], hold.HoldUntil)),
            _reference.Holds.Select(hold => (Account.Spends[hold.Spend - 1], Account.State.FindHold(Account.Spends[hold.Spend - 1])!.EndsAt)));
        Assert.Equal(_reference.NetLots.Select(lot => (KeyOf(lot.OccurredAt, lot.Arrival), lot.Payer, lot.Points)), ClientView.NetLotsOf(snapshot));
    }

    /// <summary>The reference model's answer to a command, with the draws or returns.</summary>
    private (ReferenceRefusal? Refusal, IReadOnlyList<ReferenceDraw> Lots) Answer(Command command)
    {
        switch (command)
        {
            case AddTransaction add:
                Instant? expiresAt = add.ExpiresAt
                    ?? (add.Points.IsPositive && Account.ExpiryAfter is { } period ? period.AddTo(add.OccurredAt) : null);
                return (_reference.Add(add.Payer, add.Points.Value, add.OccurredAt, Given.TimestampMax, expiresAt), []);
            case SpendPoints spend:
                ReferenceSpend spent = _reference.Spend(
                    spend.Points.Value, spend.Hold is { } hold ? Account.Now.PlusClamped(hold) : null);
                return (spent.Refusal, spent.Draws);
            case CaptureSpend capture:
                return (_reference.Capture(NumberOf(Account.Spends, capture.Subject)), []);
            case ReverseSpend reversal:
                ReferenceReversal reversed = _reference.Reverse(NumberOf(Account.Spends, reversal.Subject));
                return (reversed.Refusal, reversed.Returns);
            case RestoreFlush restore:
                return (_reference.Restore(NumberOf(Account.Flushes, restore.Subject)), []);
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
            ? (ReferenceEvent)new ReferenceHoldEnd(first.ExpiresAt!.Value, NumberOf(Account.Spends, first.Subject!.Value))
            : new ReferenceExpiry(
                first.ExpiresAt!.Value, NumberOf(Account.Arrivals, first.Lot!.Value), SumOf(operation, EntryKind.Settlement), SumOf(operation, EntryKind.Expiry));
    });

    private static long SumOf(IEnumerable<Entry> entries, EntryKind kind) =>
        -entries.Where(entry => entry.Kind == kind).Sum(entry => entry.LotPoints.Value);

    private static int NumberOf(IReadOnlyList<Sequence> sequences, Sequence sequence) => sequences.ToList().IndexOf(sequence) + 1;

    private LotKey KeyOf(Instant occurredAt, int arrival) => new(occurredAt, Account.Arrivals[arrival - 1]);
}

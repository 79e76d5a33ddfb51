using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>One account and its journal. As in a partition, due events come before the command, and events due after it follow.</summary>
/// <remarks>
/// In every test, each command also checks that deciding changes no state, that a refused command writes nothing,
/// that entries are well-formed, that the state follows from the entries alone, and that no balance is negative after any entry.
/// </remarks>
internal sealed class TestAccount
{
    private readonly List<Entry> _journal = [];
    private readonly List<Instant> _recordedAt = [];
    private readonly List<Entry> _due = [];

    /// <summary>The state after all entries of the journal.</summary>
    public AccountState State { get; private set; } = new(Given.Account);

    public IReadOnlyList<Entry> Journal => _journal;

    /// <summary>When each entry of the journal was recorded.</summary>
    public IReadOnlyList<Instant> RecordedAt => _recordedAt;

    /// <summary>The sequences of all accepted transactions, in order of arrival.</summary>
    public IReadOnlyList<Sequence> Arrivals => FirstEntriesOf(EntryKind.Credit, EntryKind.Deduction);

    /// <summary>The sequences of all accepted spends, in order.</summary>
    public IReadOnlyList<Sequence> Spends => FirstEntriesOf(EntryKind.Spend);

    /// <summary>The sequences of all flushes that wrote anything, in order.</summary>
    public IReadOnlyList<Sequence> Flushes => FirstEntriesOf(EntryKind.Flush);

    /// <summary>The entries of events that were due before or after the latest command, accepted or refused.</summary>
    public IReadOnlyList<Entry> Due => _due;

    /// <summary>The clock. Commands are decided and recorded at this time.</summary>
    public Instant Now { get; private set; } = Given.Now;

    /// <summary>The sequence of the next entry.</summary>
    public Sequence Next { get; private set; } = new(1);

    /// <summary>How long after its timestamp a credit expires if the command sets no expiry.</summary>
    public CalendarPeriod? ExpiryAfter { get; set; }

    /// <summary>False in tests with so many lots that comparing all of them at each command would take minutes.</summary>
    public bool ComparesSnapshots { get; init; } = true;

    /// <summary>Whether entries of other accounts are between those of this account. False in tests that need the same sequences for any number of commands.</summary>
    public bool LeavesSequenceGaps { get; init; } = true;

    /// <summary>Lets time pass.</summary>
    public void Wait(TimeSpan time) => Now = Now.PlusClamped(time);

    /// <summary>Lets time pass until an instant that is not in the past.</summary>
    public void WaitUntil(Instant instant) => Now = instant >= Now ? instant : throw new ArgumentOutOfRangeException(nameof(instant));

    /// <summary>Carries out a command that must be accepted.</summary>
    /// <returns>The entries that it wrote.</returns>
    public IReadOnlyList<Entry> Do(Command command)
    {
        (Refusal? refusal, IReadOnlyList<Entry> entries) = Try(command);
        Assert.Null(refusal);
        return entries;
    }

    /// <summary>Tries a command that must be refused.</summary>
    public Refusal Refuse(Command command)
    {
        Refusal? refusal = Try(command).Refusal;
        Assert.NotNull(refusal);
        return refusal;
    }

    /// <summary>Carries out or refuses a command.</summary>
    /// <returns>The refusal or the entries. The entries of due events are in <see cref="Due"/>.</returns>
    public (Refusal? Refusal, IReadOnlyList<Entry> Entries) Try(Command command)
    {
        _due.Clear();
        ApplyDue();
        List<Entry> entries = [];
        AccountSnapshot? before = ComparesSnapshots ? State.ToSnapshot() : null;
        Command complete = command is SubjectCommand subject ? WithSubjectEntries(subject) : command;
        Refusal? refusal = LedgerRules.Decide(State, complete, ContextOf(command), entries);
        if (before is not null)
        {
            Snapshots.AssertEqual(before, State.ToSnapshot());
        }

        if (refusal is not null)
        {
            Assert.Empty(entries);
        }

        EntryAssertions.AssertOperation(entries, Next, command);
        entries.ForEach(Write);
        ApplyDue();
        if (LeavesSequenceGaps)
        {
            // In real journals, entries of other accounts are between the entries of this account.
            Next = Next.Plus(_journal.Count % 3);
        }

        return (refusal, entries);
    }

    /// <summary>Replaces the state by a copy, as if the partition evicted the account and loaded it again.</summary>
    public void Reload() => State = State.Copy();

    private void ApplyDue()
    {
        if (!State.HasDue(Now))
        {
            return;
        }

        AccountState tried = State.Copy();
        List<Entry> entries = [];
        LedgerRules.ApplyDue(tried, Now, Next, entries);
        EntryAssertions.AssertDue(entries, Next, Now);
        entries.ForEach(Write);
        _due.AddRange(entries);
        Snapshots.AssertEqual(tried.ToSnapshot(), State.ToSnapshot());
        Assert.False(State.HasDue(Now));
    }

    private DecisionContext ContextOf(Command command) => new(Next, Now, Given.TimestampMax)
    {
        ExpiryAfter = ExpiryAfter,
        SubjectEnd = command is SubjectCommand subject
            ? _journal.Where(entry => entry.Subject == subject.Subject).Select(SubjectEnd.Of).LastOrDefault(end => end is not null)
            : null,
    };

    private SubjectCommand WithSubjectEntries(SubjectCommand command) =>
        command with { SubjectEntries = [.. _journal.Where(entry => entry.Operation == command.Subject)] };

    private List<Sequence> FirstEntriesOf(params EntryKind[] kinds) =>
        [.. _journal.Where(entry => entry.IsFirst && kinds.Contains(entry.Kind)).Select(entry => entry.Sequence)];

    private void Write(Entry entry)
    {
        State.Apply(entry);
        _journal.Add(entry);
        _recordedAt.Add(Now);
        Next = entry.Sequence.Next;

        Assert.Equal(entry.Sequence, State.StandsAt);
        Assert.All(State.Payers, payer => Assert.False(payer.Balance.IsNegative || payer.Outstanding.IsNegative));
        Assert.Equal(State.Balance.Value, State.Payers.Aggregate(Int128.Zero, (sum, payer) => sum + payer.Balance.Value));
        Assert.InRange((Int128)State.Balance.Value + State.Held.Value, State.Balance.Value, long.MaxValue);
    }
}

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>One account and its journal, driven the way a partition drives it: decide, then apply entry by entry.</summary>
/// <remarks>
/// Whatever a test is about, each command also shows that deciding changes no state, that a refused command writes nothing,
/// that entries are well-formed, and that no balance is negative behind any single entry.
/// </remarks>
internal sealed class Book
{
    private readonly List<Entry> _journal = [];
    private readonly List<Sequence> _arrivals = [];

    /// <summary>The state that the journal comes to.</summary>
    public AccountState State { get; private set; } = new(Given.Account);

    public IReadOnlyList<Entry> Journal => _journal;

    /// <summary>The sequences of all transactions taken, in order of arrival.</summary>
    public IReadOnlyList<Sequence> Arrivals => _arrivals;

    /// <summary>Where the next entry goes.</summary>
    public Sequence Next { get; private set; } = new(1);

    /// <summary>Off where a test has so many lots that comparing all of them at each command would take minutes.</summary>
    public bool ComparesSnapshots { get; init; } = true;

    /// <summary>Does a command that has to be taken.</summary>
    /// <returns>What it wrote.</returns>
    public IReadOnlyList<Entry> Do(Command command)
    {
        (Refusal? refusal, IReadOnlyList<Entry> entries) = Try(command);
        Assert.Null(refusal);
        return entries;
    }

    /// <summary>Does a command that has to be refused.</summary>
    public Refusal Refuse(Command command)
    {
        Refusal? refusal = Try(command).Refusal;
        Assert.NotNull(refusal);
        return refusal;
    }

    /// <summary>Does a command.</summary>
    public (Refusal? Refusal, IReadOnlyList<Entry> Entries) Try(Command command)
    {
        List<Entry> entries = [];
        AccountSnapshot? before = ComparesSnapshots ? State.ToSnapshot() : null;
        Refusal? refusal = LedgerRules.Decide(State, command, new DecisionContext(Next, Given.TimestampMax), entries);
        if (before is not null)
        {
            Snapshots.AssertEqual(before, State.ToSnapshot());
        }

        if (refusal is not null)
        {
            Assert.Empty(entries);
        }

        EntryForm.AssertOperation(entries, Next, command);
        foreach (Entry entry in entries)
        {
            Write(entry);
        }

        // Entries of other accounts stand between those of this one in every real journal.
        Next = Next.Plus(_journal.Count % 3);
        return (refusal, entries);
    }

    /// <summary>Evicts the account and loads it again.</summary>
    public void Reload() => State = AccountState.FromSnapshot(State.ToSnapshot());

    private void Write(Entry entry)
    {
        State.Apply(entry);
        _journal.Add(entry);
        Next = entry.Sequence.Next;
        if (entry.Kind is EntryKind.Credit or EntryKind.Deduction)
        {
            _arrivals.Add(entry.Sequence);
        }

        Assert.Equal(entry.Sequence, State.StandsAt);
        Assert.All(State.Payers, payer => Assert.False(payer.Balance.IsNegative || payer.Outstanding.IsNegative));
        Assert.Equal(State.Balance.Value, State.Payers.Aggregate(Int128.Zero, (sum, payer) => sum + payer.Balance.Value));
    }
}

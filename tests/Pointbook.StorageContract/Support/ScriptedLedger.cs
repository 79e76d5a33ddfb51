using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Accounts that live in memory and write a journal by the rules, as a partition does.</summary>
public sealed class ScriptedLedger(CommitChain chain)
{
    private readonly SortedDictionary<AccountId, AccountState> _states = [];
    private readonly List<Entry> _entries = [];

    private readonly Dictionary<Sequence, List<Entry>> _operations = [];
    private readonly Dictionary<Sequence, SubjectEnd> _ends = [];

    /// <summary>The accounts as they are, whether committed or not.</summary>
    public IReadOnlyDictionary<AccountId, AccountState> States => _states;

    /// <summary>How many entries wait for a commit.</summary>
    public int Uncommitted => _entries.Count;

    /// <summary>Does a command, with a key if one is named.</summary>
    /// <returns>Whether it was taken.</returns>
    public bool Do(Command command, string? key = null)
    {
        if (key is not null)
        {
            command = command with { Origin = new Origin { Key = Given.Key(key), KeyHash = CommandHash.Compute(command) } };
        }

        if (!_states.TryGetValue(command.Account, out AccountState? state))
        {
            state = new AccountState(command.Account);
            _states.Add(command.Account, state);
        }

        ApplyDue(state);
        int start = _entries.Count;
        DecisionContext context = new(Next, chain.NextTime, Instant.MaxValue);
        if (command is SubjectCommand about)
        {
            context = context with { SubjectEnd = _ends.TryGetValue(about.Subject, out SubjectEnd end) ? end : null };
            command = about with { SubjectEntries = [.. _operations[about.Subject]] };
        }

        bool isTaken = LedgerRules.Decide(state, command, context, _entries) is null;
        foreach (Entry entry in _entries[start..])
        {
            state.Apply(entry);
        }

        Index(start);
        ApplyDue(state);
        return isTaken;
    }

    /// <summary>Adds a transaction of a day, which expires after a while if one is named.</summary>
    public bool Add(string account, string payer, long points, int day = 0, string? key = null, TimeSpan? expiresIn = null)
    {
        AddTransaction add = new(Given.Account(account), Given.Payer(payer), new Points(points), Given.Time.PlusClamped(TimeSpan.FromDays(day)));
        return Do(add with { ExpiresAt = expiresIn is { } lifetime ? chain.NextTime.PlusClamped(lifetime) : null }, key);
    }

    public bool Spend(string account, long points, string? key = null, TimeSpan? hold = null) =>
        Do(new SpendPoints(Given.Account(account), new Points(points)) { Hold = hold }, key);

    /// <summary>Spends points that stay pending.</summary>
    /// <returns>The first entry of the spend.</returns>
    public Sequence Hold(string account, long points, TimeSpan? duration = null)
    {
        Assert.True(Spend(account, points, hold: duration ?? TimeSpan.FromDays(1)));
        return LastOperation(account);
    }

    public bool Capture(string account, Sequence spend, string? key = null) => Do(new CaptureSpend(Given.Account(account), spend), key);

    public bool Reverse(string account, Sequence spend, string? key = null) => Do(new ReverseSpend(Given.Account(account), spend), key);

    public bool Flush(string account, string? key = null) => Do(new FlushAccount(Given.Account(account)), key);

    public bool Restore(string account, Sequence flush, string? key = null) => Do(new RestoreFlush(Given.Account(account), flush), key);

    /// <summary>Lets happen what is due in an account.</summary>
    public void Sweep(string account) => Do(new ExpireDue(Given.Account(account)));

    /// <summary>The latest operation of an account, by its first entry.</summary>
    public Sequence LastOperation(string account) => OperationsOf(account)[^1];

    /// <summary>The operations of an account that begin with an entry of some kind, or all, in order.</summary>
    public IReadOnlyList<Sequence> OperationsOf(string account, EntryKind? kind = null) =>
    [
        .. _operations.Values.Select(operation => operation[0])
            .Where(first => first.Account.Value == account && (kind is null || first.Kind == kind))
            .Select(first => first.Sequence)
            .Order(),
    ];

    /// <summary>Makes a commit of what was written since the last one.</summary>
    public Commit Commit()
    {
        Entry[] entries = [.. _entries];
        _entries.Clear();
        return chain.Add(entries);
    }

    /// <summary>Makes a round of one commit of what was written since the last one.</summary>
    public SnapshotRound Round() => SnapshotRound.From([Commit()]);

    private Sequence Next => chain.Next.Plus(_entries.Count);

    private void ApplyDue(AccountState state)
    {
        int start = _entries.Count;
        LedgerRules.ApplyDue(state, chain.NextTime, Next, _entries);
        Index(start);
    }

    private void Index(int start)
    {
        foreach (Entry entry in _entries[start..])
        {
            if (entry.IsFirst)
            {
                _operations.Add(entry.Sequence, []);
            }

            _operations[entry.Operation].Add(entry);
            if (SubjectEnd.Of(entry) is { } end)
            {
                _ends[entry.Subject!.Value] = end;
            }
        }
    }
}

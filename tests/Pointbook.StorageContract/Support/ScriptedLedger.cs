using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Accounts in memory that write a journal by the rules, as a partition does.</summary>
public sealed class ScriptedLedger(CommitChain chain)
{
    private readonly SortedDictionary<AccountId, AccountState> _states = [];
    private readonly List<Entry> _entries = [];

    private readonly Dictionary<Sequence, List<Entry>> _operations = [];
    private readonly Dictionary<Sequence, SubjectEnd> _ends = [];

    /// <summary>The current accounts, with uncommitted entries.</summary>
    public IReadOnlyDictionary<AccountId, AccountState> States => _states;

    /// <summary>How many entries wait for a commit.</summary>
    public int Uncommitted => _entries.Count;

    /// <summary>Carries out a command, with an idempotency key if one is given.</summary>
    /// <returns>Whether the rules accepted the command.</returns>
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

    /// <summary>Adds a transaction on a day. If a time is given, it expires after that time.</summary>
    public bool Add(string account, string payer, long points, int day = 0, string? key = null, TimeSpan? expiresIn = null)
    {
        AddTransaction add = new(Given.Account(account), Given.Payer(payer), new Points(points), Given.Time.PlusClamped(TimeSpan.FromDays(day)));
        return Do(add with { ExpiresAt = expiresIn is { } lifetime ? chain.NextTime.PlusClamped(lifetime) : null }, key);
    }

    public bool Spend(string account, long points, string? key = null, TimeSpan? hold = null) =>
        Do(new SpendPoints(Given.Account(account), new Points(points)) { Hold = hold }, key);

    /// <summary>Makes a pending spend.</summary>
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

    /// <summary>Records the due events of an account.</summary>
    public void Sweep(string account) => Do(new ExpireDue(Given.Account(account)));

    /// <summary>The first entry of the latest operation of an account.</summary>
    public Sequence LastOperation(string account) => OperationsOf(account)[^1];

    /// <summary>The first entries of an account's operations, in order. If a kind is given, only those of that kind.</summary>
    public IReadOnlyList<Sequence> OperationsOf(string account, EntryKind? kind = null) =>
    [
        .. _operations.Values.Select(operation => operation[0])
            .Where(first => first.Account.Value == account && (kind is null || first.Kind == kind))
            .Select(first => first.Sequence)
            .Order(),
    ];

    /// <summary>Commits the entries that were written since the last commit.</summary>
    public Commit Commit()
    {
        Entry[] entries = [.. _entries];
        _entries.Clear();
        return chain.Add(entries);
    }

    /// <summary>Commits the entries that were written since the last commit, and makes a round of this commit.</summary>
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

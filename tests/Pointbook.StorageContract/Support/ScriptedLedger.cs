using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Projection;
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

        int start = _entries.Count;
        DecisionContext context = new(chain.Next.Plus(start), Instant.MaxValue);
        bool isTaken = LedgerRules.Decide(state, command, context, _entries) is null;
        for (int index = start; index < _entries.Count; index++)
        {
            state.Apply(_entries[index]);
        }

        return isTaken;
    }

    public bool Add(string account, string payer, long points, int day = 0, string? key = null) => Do(
        new AddTransaction(Given.Account(account), Given.Payer(payer), new Points(points), Given.Time.PlusClamped(TimeSpan.FromDays(day))), key);

    public bool Spend(string account, long points, string? key = null) => Do(new SpendPoints(Given.Account(account), new Points(points)), key);

    public bool Flush(string account, string? key = null) => Do(new FlushAccount(Given.Account(account)), key);

    /// <summary>Makes a commit of what was written since the last one.</summary>
    public Commit Commit()
    {
        Entry[] entries = [.. _entries];
        _entries.Clear();
        return chain.Add(entries);
    }

    /// <summary>Makes a round of one commit of what was written since the last one.</summary>
    public ProjectionRound Round() => ProjectionRound.From([Commit()]);
}

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>The rules: how a command changes an account. Pure; <c>docs/rules.md</c> numbers and explains each rule.</summary>
public static class LedgerRules
{
    /// <summary>Decides a command without changing the state.</summary>
    /// <param name="state">The current state of the account.</param>
    /// <param name="command">The command.</param>
    /// <param name="context">The sequence and the time of the decision.</param>
    /// <param name="entries">Receives the command's entries in order, numbered from <see cref="DecisionContext.Next"/>; none if it is refused.</param>
    /// <returns>Null, or the reason of the refusal.</returns>
    /// <remarks>
    /// A flush of an account without payers is not refused. It writes nothing unless it has a key. The caller applies the entries
    /// with <see cref="AccountState.Apply"/>, one by one, in order. The caller applies due events with <see cref="ApplyDue"/>,
    /// before the command and after it.
    /// </remarks>
    public static Refusal? Decide(AccountState state, Command command, in DecisionContext context, ICollection<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(entries);
        return command switch
        {
            AddTransaction add => AddRule.Decide(state, add, context, entries),
            SpendPoints spend => SpendRule.Decide(state, due: null, spend, context, new EntrySink(entries)),
            FlushAccount flush => FlushRule.Decide(state, flush, context, entries),
            ReverseSpend reversal => ReversalRule.Decide(state, reversal, context, entries),
            CaptureSpend capture => CaptureRule.Decide(state, capture, context, entries),
            RestoreFlush restore => RestoreRule.Decide(state, restore, context, entries),
            EraseAccount erasure => EraseRule.Decide(state, erasure, context, entries),
            ExpireDue => null,
            _ => throw new ArgumentException($"There is no rule for {command?.GetType().Name}.", nameof(command)),
        };
    }

    /// <summary>Refuses a command about an earlier operation, if the first entries of that operation suffice to refuse it.</summary>
    /// <param name="state">The current state of the account.</param>
    /// <param name="command">The command, with the first entries of its subject.</param>
    /// <param name="context">The sequence and the time of the decision.</param>
    /// <returns>The refusal that <see cref="Decide"/> would return, or null if the decision needs all entries.</returns>
    public static Refusal? FindFault(AccountState state, Command command, in DecisionContext context)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            ReverseSpend reversal => ReversalRule.FindFault(state, reversal, context),
            RestoreFlush restore => RestoreRule.FindFault(state, restore, context),
            _ => null,
        };
    }

    /// <summary>Rule 7: ends due holds and expires due lots, in the order in which they were due.</summary>
    /// <param name="state">The account. This method applies every entry to it, because each event builds on the ones before.</param>
    /// <param name="now">The clock at the decision.</param>
    /// <param name="next">The sequence of the first entry.</param>
    /// <param name="entries">Receives the entries in order; none if nothing was due.</param>
    public static void ApplyDue(AccountState state, Instant now, Sequence next, ICollection<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(entries);
        if (!state.HasDue(now))
        {
            return;
        }

        foreach (Entry entry in new DueRule(state, now, next).Run().Entries)
        {
            state.Apply(entry);
            entries.Add(entry);
        }
    }

    /// <summary>Decides a spend of an account whose due events are not written yet. It changes nothing.</summary>
    /// <param name="account">The account as of the instant at which the spend is decided.</param>
    /// <param name="spend">The command.</param>
    /// <param name="sink">Receives the entries that the spend would write after the due events; none if it is refused.</param>
    /// <returns>Null, or the reason of the refusal.</returns>
    public static Refusal? Preview(AccountAsOf account, SpendPoints spend, ISpendSink sink)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(spend);
        ArgumentNullException.ThrowIfNull(sink);
        DecisionContext context = new(account.State.StandsAt.Plus(account.Due.Count).Next, account.AsOf, Instant.MaxValue);
        return SpendRule.Decide(account.State, account.Events, spend, context, sink);
    }
}

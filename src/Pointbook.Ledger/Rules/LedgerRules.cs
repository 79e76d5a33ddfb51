using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>The rules: what a command does to an account. Pure; <c>docs/rules.md</c> numbers and explains each rule.</summary>
public static class LedgerRules
{
    /// <summary>Decides a command without changing the state.</summary>
    /// <param name="state">The account as it is.</param>
    /// <param name="command">What is asked.</param>
    /// <param name="context">The place and the time of the decision.</param>
    /// <param name="entries">Gets what the command writes, in order, numbered from <see cref="DecisionContext.Next"/>; nothing if it is refused.</param>
    /// <returns>Null, or why nothing is written.</returns>
    /// <remarks>
    /// A flush of an account without payers is not refused, and writes nothing unless it has a key. The entries take effect through
    /// <see cref="AccountState.Apply"/>, one by one, in order. What is due is brought about by <see cref="ApplyDue"/>, before
    /// the command and after it.
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
            ExpireDue => null,
            _ => throw new ArgumentException($"There is no rule for {command?.GetType().Name}.", nameof(command)),
        };
    }

    /// <summary>Refuses a command about an operation for what needs no more of the operation than its first entries.</summary>
    /// <param name="state">The account as it is.</param>
    /// <param name="command">The command, with the first entries of its subject.</param>
    /// <param name="context">The place and the time of the decision.</param>
    /// <returns>What <see cref="Decide"/> would return, or null if that needs all entries.</returns>
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

    /// <summary>Rule 7: ends the holds that are over and expires the lots that are due, in the order in which they were due.</summary>
    /// <param name="state">The account; every entry is applied to it, because each event rests on the ones before.</param>
    /// <param name="now">The clock at the decision.</param>
    /// <param name="next">The sequence that the first entry gets.</param>
    /// <param name="entries">Gets what happened, in order; nothing if nothing was due.</param>
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

    /// <summary>Decides a spend of an account whose due events are not written, without changing anything.</summary>
    /// <param name="account">The account as of an instant, which is when the spend is decided.</param>
    /// <param name="spend">What is asked.</param>
    /// <param name="sink">Gets what the spend would write behind the due events; nothing if it is refused.</param>
    /// <returns>Null, or why it would be refused.</returns>
    public static Refusal? Preview(AccountAsOf account, SpendPoints spend, ISpendSink sink)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(spend);
        ArgumentNullException.ThrowIfNull(sink);
        DecisionContext context = new(account.State.StandsAt.Plus(account.Due.Count).Next, account.AsOf, Instant.MaxValue);
        return SpendRule.Decide(account.State, account.Events, spend, context, sink);
    }
}

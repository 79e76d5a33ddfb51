using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;

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
    /// A flush of an account without payers writes nothing and is not refused. The entries take effect through
    /// <see cref="AccountState.Apply"/>, one by one, in order.
    /// </remarks>
    public static Refusal? Decide(AccountState state, Command command, in DecisionContext context, ICollection<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(entries);
        return command switch
        {
            AddTransaction add => AddRule.Decide(state, add, context, entries),
            SpendPoints spend => SpendRule.Decide(state, spend, context, entries),
            FlushAccount flush => FlushRule.Decide(state, flush, context, entries),
            _ => throw new ArgumentException($"There is no rule for {command?.GetType().Name}.", nameof(command)),
        };
    }
}

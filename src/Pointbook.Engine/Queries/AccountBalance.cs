using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>The balance of one account. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="Points">The sum over the payers.</param>
/// <param name="Held">The points that pending spends hold. They are not in <paramref name="Points"/>.</param>
/// <param name="Payers">The payers' balances, including zeros, in order of first appearance since the last flush.</param>
/// <param name="AsOf">When it was read. It contains every entry recorded earlier, and none recorded later.</param>
public sealed record AccountBalance(AccountId Account, Points Points, Points Held, IReadOnlyList<PayerBalance> Payers, Instant AsOf)
{
    /// <summary>Computes the balance from stored rows.</summary>
    internal static AccountBalance Of(BalanceRows rows, CommitTime time)
    {
        AccountAsOf account = rows.Due.Apply(rows.Account, rows.StandsAt, rows.Payers, time.DecidedAt);
        // The due rows contain only holds that have ended, so their points have been returned.
        return Of(account, time.RecordedAt) with { Held = rows.Held - rows.Due.HeldPoints };
    }

    /// <summary>Computes the balance from an account.</summary>
    /// <param name="account">The account, with the events that are due by the clock.</param>
    /// <param name="asOf">Its place among the recorded commits.</param>
    internal static AccountBalance Of(AccountAsOf account, Instant asOf) => new(
        account.Account,
        account.Balance,
        account.Held,
        [.. account.Payers.Select(payer => new PayerBalance(payer.Key, payer.Value))],
        asOf);
}

/// <summary>One payer's balance in an account.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many, never negative.</param>
public readonly record struct PayerBalance(PayerName Payer, Points Points);

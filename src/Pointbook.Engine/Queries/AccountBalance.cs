using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>The balance of one account. Immutable.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Points">The sum over the payers.</param>
/// <param name="Held">How many points pending spends hold; they are not in <paramref name="Points"/>.</param>
/// <param name="Payers">The payers' balances in order of first appearance since the last flush, those at zero included.</param>
/// <param name="AsOf">When it was read: no entry recorded later is in it, and every earlier one is.</param>
public sealed record AccountBalance(AccountId Account, Points Points, Points Held, IReadOnlyList<PayerBalance> Payers, Instant AsOf)
{
    /// <summary>Reads it off rows.</summary>
    internal static AccountBalance Of(BalanceRows rows, CommitTime time)
    {
        AccountAsOf account = rows.Due.Apply(rows.Account, rows.StandsAt, rows.Payers, time.DecidedAt);
        // Only holds that are over are among the due rows, so what they held has come back.
        return Of(account, time.RecordedAt) with { Held = rows.Held - rows.Due.HeldPoints };
    }

    /// <summary>Reads it off an account.</summary>
    /// <param name="account">The account, with the events that were due by the clock.</param>
    /// <param name="asOf">Where it stands among what is recorded.</param>
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

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rules 1, 2 and 7: a credit opens a lot, with an expiry that never changes; a deduction needs its payer's balance and touches no lot yet.</summary>
internal static class AddRule
{
    public static Refusal? Decide(AccountState state, AddTransaction add, in DecisionContext context, ICollection<Entry> entries)
    {
        if (add.Points.IsZero)
        {
            return new Refusal(RefusalCode.ZeroPoints);
        }

        if (add.ExpiresAt is { } expiresAt && (add.Points.IsNegative || expiresAt <= add.OccurredAt))
        {
            return new Refusal(RefusalCode.InvalidExpiry);
        }

        if (add.OccurredAt > context.TimestampMax)
        {
            return new Refusal(RefusalCode.TimestampInFuture) { TimestampMax = context.TimestampMax };
        }

        Refusal? refusal = add.Points.IsPositive ? RefuseCredit(state, add) : RefuseDeduction(state, add);
        if (refusal is null)
        {
            entries.Add(ToEntry(state, add, context));
        }

        return refusal;
    }

    private static Refusal? RefuseCredit(AccountState state, AddTransaction add) =>
        // No payer's balance is above the account's, so the account's sum is the only one that can overflow. What is held may
        // come back at any time, and then nobody is there to be refused.
        Points.TryAdd(state.Balance + state.Held, add.Points, out _)
            ? null
            : new Refusal(RefusalCode.PointsOverflow) { Available = state.Balance, Requested = add.Points.Magnitude, Payer = add.Payer };

    private static Refusal? RefuseDeduction(AccountState state, AddTransaction add)
    {
        Points balance = state.TryGetPayer(add.Payer, out PayerLine? line) ? line.Balance : Points.Zero;
        if (add.Points.Magnitude > (ulong)balance.Value)
        {
            return new Refusal(RefusalCode.InsufficientPayerPoints)
            {
                Available = balance,
                Requested = add.Points.Magnitude,
                Payer = add.Payer,
            };
        }

        return Points.TryAdd(line!.Outstanding, -add.Points, out _)
            ? null
            : new Refusal(RefusalCode.PointsOverflow) { Available = balance, Requested = add.Points.Magnitude, Payer = add.Payer };
    }

    private static Entry ToEntry(AccountState state, AddTransaction add, in DecisionContext context) => new()
    {
        Sequence = context.Next,
        Kind = add.Points.IsPositive ? EntryKind.Credit : EntryKind.Deduction,
        Account = add.Account,
        Opening = state.Opening,
        Payer = add.Payer,
        Points = add.Points,
        LotPoints = add.Points.IsPositive ? add.Points : Points.Zero,
        OccurredAt = add.OccurredAt,
        Lot = add.Points.IsPositive ? context.Next : null,
        ExpiresAt = add.Points.IsPositive ? add.ExpiresAt ?? context.ExpiryAfter?.AddTo(add.OccurredAt) : null,
        Operation = context.Next,
        Origin = add.Origin,
    };
}

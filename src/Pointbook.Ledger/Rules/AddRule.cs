using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rules 1, 2 and 7: a credit opens a lot, whose expiry never changes. A deduction needs the payer's balance, and changes no lot yet.</summary>
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
        // No payer's balance exceeds the account's, so only the account's sum can overflow. Held points count too: they may come
        // back at any time, and the rules cannot refuse that.
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
        PreviousOperation = state.LastOperation,
        BalanceBefore = state.Balance,
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

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Rules;

/// <summary>A capture makes a pending spend final. It changes no balance and no lot: the held points are now spent.</summary>
internal static class CaptureRule
{
    public static Refusal? Decide(AccountState state, CaptureSpend capture, in DecisionContext context, ICollection<Entry> entries)
    {
        RefusalCode? fault = !ReversalRule.IsSpend(state, capture) ? RefusalCode.OperationNotFound
            : context.SubjectEnd?.Kind == EntryKind.Reversal ? RefusalCode.AlreadyReversed
            : context.SubjectEnd?.Kind == EntryKind.Capture ? RefusalCode.AlreadyCaptured
            : capture.SubjectEntries[0].ExpiresAt is null ? RefusalCode.NotPending
            : capture.Subject <= state.FlushedThrough ? RefusalCode.AccountFlushed
            : null;
        if (fault is { } code)
        {
            return new Refusal(code);
        }

        if (state.FindHold(capture.Subject) is null)
        {
            throw new InvalidOperationException($"Spend {capture.Subject} of {state.Account} has not ended, but its hold is missing.");
        }

        entries.Add(new Entry
        {
            Sequence = context.Next,
            Kind = EntryKind.Capture,
            Account = capture.Account,
            Opening = state.Opening,
            PreviousOperation = state.LastOperation,
            BalanceBefore = state.Balance,
            Operation = context.Next,
            Subject = capture.Subject,
            Origin = capture.Origin,
        });
        return null;
    }
}

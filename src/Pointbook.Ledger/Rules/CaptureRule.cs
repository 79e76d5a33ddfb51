using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Rules;

/// <summary>A capture makes a pending spend final. No balance and no lot changes: what was held is spent now.</summary>
internal static class CaptureRule
{
    public static Refusal? Decide(AccountState state, CaptureSpend capture, in DecisionContext context, ICollection<Entry> entries)
    {
        if (ReversalRule.SpendFault(state, capture, context) is { } code)
        {
            return new Refusal(code);
        }

        if (state.FindHold(capture.Subject) is null)
        {
            return new Refusal(context.SubjectEnd?.Kind == EntryKind.Capture ? RefusalCode.AlreadyCaptured : RefusalCode.NotPending);
        }

        entries.Add(new Entry
        {
            Sequence = context.Next,
            Kind = EntryKind.Capture,
            Account = capture.Account,
            Operation = context.Next,
            Subject = capture.Subject,
            Origin = capture.Origin,
        });
        return null;
    }
}

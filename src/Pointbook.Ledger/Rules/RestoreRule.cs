using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 10: a restore writes the mirror of every entry of the latest flush, if the account has not changed since.</summary>
/// <remarks>
/// The entries keep the order of the flush, so lots, lines, their order and unpaid deductions are as before. The sums grow
/// back to their former values, so none can overflow. Pending spends that the flush ended are pending again. A flush that
/// found the account empty changed nothing. It does not prevent a restore, and has nothing to restore.
/// </remarks>
internal static class RestoreRule
{
    /// <summary>Refuses a restore. The first entry of the flush suffices for this.</summary>
    public static Refusal? FindFault(AccountState state, RestoreFlush restore, in DecisionContext context)
    {
        if (restore.SubjectEntries is not [{ Kind: EntryKind.Flush, IsFirst: true } first, ..]
            || first.Sequence != restore.Subject || !state.IsOf(first))
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        // The account is empty only after a flush. Of the flushes that removed something, only the latest one is both after the
        // previous archive and not restored.
        bool isLatest = state.StandsAt == state.FlushedThrough && restore.Subject > state.FlushedThroughBefore
            && context.SubjectEnd is null && first.Payer is not null;
        return isLatest ? null : new Refusal(RefusalCode.AccountMovedOn);
    }

    public static Refusal? Decide(AccountState state, RestoreFlush restore, in DecisionContext context, ICollection<Entry> entries)
    {
        if (FindFault(state, restore, context) is { } fault)
        {
            return fault;
        }

        Sequence header = context.Next;
        Sequence next = header;
        Origin? origin = restore.Origin;
        Origin? furtherOrigin = restore.Origin?.ForFurtherEntries();
        foreach (Entry flushed in restore.SubjectEntries)
        {
            entries.Add(new Entry
            {
                Sequence = next,
                Kind = EntryKind.Restore,
                Account = restore.Account,
                Opening = state.Opening,
                PreviousOperation = next == header ? state.LastOperation : Sequence.Zero,
                BalanceBefore = next == header ? state.Balance : Points.Zero,
                Payer = flushed.Payer,
                Points = -flushed.Points,
                LotPoints = -flushed.LotPoints,
                OccurredAt = flushed.OccurredAt,
                Lot = flushed.Lot,
                ExpiresAt = flushed.ExpiresAt,
                Operation = header,
                Subject = next == header ? restore.Subject : flushed.Subject,
                Origin = origin,
            });
            (next, origin) = (next.Next, furtherOrigin);
        }

        return null;
    }
}

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 10: a restore writes the mirror of every entry of the latest flush, if nothing has happened in the account since.</summary>
/// <remarks>
/// The entries come in the order of the flush's, so lots, lines, their order and what deductions are owed are as before. The
/// sums grow towards what they were, so none of them can overflow. Pending spends that went with the flush are pending again.
/// Flushes that found the account empty changed nothing since, so they do not stand in the way, and have nothing to restore.
/// </remarks>
internal static class RestoreRule
{
    /// <summary>Refuses a restore; all that it takes is the first entry of the flush.</summary>
    public static Refusal? FindFault(AccountState state, RestoreFlush restore, in DecisionContext context)
    {
        if (restore.SubjectEntries is not [{ Kind: EntryKind.Flush, IsFirst: true } first, ..]
            || first.Sequence != restore.Subject || first.Account != state.Account)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        // The account is empty only behind a flush, and the latest flush that took anything is the only one behind the
        // archive before it that was not restored.
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
                Payer = flushed.Payer,
                Points = -flushed.Points,
                LotPoints = -flushed.LotPoints,
                OccurredAt = flushed.OccurredAt,
                Lot = flushed.Lot,
                ExpiresAt = flushed.ExpiresAt,
                Operation = header,
                Subject = next == header ? restore.Subject : null,
                Origin = origin,
            });
            (next, origin) = (next.Next, furtherOrigin);
        }

        return null;
    }
}

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 6: the reversal of a spend returns every draw to its lot, only once. Settlements stay.</summary>
/// <remarks>Draws carry the timestamp, sequence and expiry of their lots, so a closed lot reopens as it was.</remarks>
internal static class ReversalRule
{
    /// <summary>Refuses a reversal, if the first entry of the spend suffices to refuse it.</summary>
    public static Refusal? FindFault(AccountState state, ReverseSpend reversal, in DecisionContext context) =>
        !IsSpend(state, reversal) ? new Refusal(RefusalCode.OperationNotFound)
        : context.SubjectEnd?.Kind == EntryKind.Reversal ? new Refusal(RefusalCode.AlreadyReversed)
        : reversal.Subject <= state.FlushedThrough ? new Refusal(RefusalCode.AccountFlushed)
        : null;

    public static Refusal? Decide(AccountState state, ReverseSpend reversal, in DecisionContext context, ICollection<Entry> entries)
    {
        if (FindFault(state, reversal, context) is { } fault)
        {
            return fault;
        }

        List<HeldDraw> draws =
        [
            .. reversal.SubjectEntries.Where(entry => entry.Kind == EntryKind.Draw).Select(HeldDraw.Of),
        ];
        // A spend cannot draw more than fits, so the sum of its draws fits. Held points already count as if they had come back.
        Points returned = draws.Aggregate(Points.Zero, (sum, draw) => sum + draw.Points);
        bool isPending = state.FindHold(reversal.Subject) is not null;
        if (!isPending && !Points.TryAdd(state.Balance + state.Held, returned, out _))
        {
            return new Refusal(RefusalCode.PointsOverflow) { Available = state.Balance, Requested = returned.Magnitude };
        }

        List<Entry> written = [];
        Write(state, reversal.Subject, draws, context.Next, written);
        entries.Add(written[0] with { Origin = reversal.Origin });
        Origin? origin = reversal.Origin?.ForFurtherEntries();
        foreach (Entry entry in written.Skip(1))
        {
            entries.Add(origin is null ? entry : entry with { Origin = origin });
        }

        return null;
    }

    /// <summary>Whether the subject of a command is a spend of this account.</summary>
    public static bool IsSpend(AccountState state, SubjectCommand command) =>
        command.SubjectEntries is [{ Kind: EntryKind.Spend } header, ..] && header.Sequence == command.Subject && state.IsOf(header);

    /// <summary>Writes the header and the returns.</summary>
    public static void Write(AccountState state, Sequence spend, IReadOnlyList<HeldDraw> draws, Sequence header, List<Entry> entries)
    {
        entries.Add(new Entry
        {
            Sequence = header,
            Kind = EntryKind.Reversal,
            Account = state.Account,
            Opening = state.Opening,
            PreviousOperation = state.LastOperation,
            BalanceBefore = state.Balance,
            Operation = header,
            Subject = spend,
        });
        foreach (HeldDraw draw in draws)
        {
            entries.Add(new Entry
            {
                Sequence = header.Plus(entries.Count),
                Kind = EntryKind.Return,
                Account = state.Account,
                Opening = state.Opening,
                Payer = draw.Payer,
                Points = draw.Points,
                LotPoints = draw.Points,
                OccurredAt = draw.Lot.OccurredAt,
                Lot = draw.Lot.Sequence,
                ExpiresAt = draw.ExpiresAt,
                Operation = header,
            });
        }
    }
}

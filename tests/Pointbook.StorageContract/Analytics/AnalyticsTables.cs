using System.Globalization;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Analytics;

/// <summary>Compares the rows of analytics tables with the ledger's own fold of a journal.</summary>
public static class AnalyticsTables
{
    /// <summary>Asserts that all tables match these commits, which begin with the first entry.</summary>
    public static async Task AssertAreAsync(AnalyticsPlace place, IReadOnlyList<Commit> commits)
    {
        SortedDictionary<Sequence, AccountState> states = Fold(commits);
        HashSet<Sequence> erased = FindErased(commits);
        Assert.Equal(
            states.Select(state => Row(state.Key, erased.Contains(state.Key) ? null : state.Value.Account.Value)),
            Rows(await place.QueryAsync("SELECT opening, account FROM account ORDER BY opening")));
        Assert.Equal(
            states.SelectMany(state => state.Value.Payers.Select(line => Row(state.Key, line.Name, line.Balance, line.Outstanding))),
            Rows(await place.QueryAsync("SELECT opening, payer, points, unpaid_deductions FROM account_balance ORDER BY opening, first_sequence")));
        Assert.Equal(
            states.SelectMany(state => state.Value.OpenLots().Select(
                lot => Row(state.Key, lot.Key.Sequence, lot.Payer.Name, Time(lot.Key.OccurredAt), Time(lot.ExpiresAt), lot.Remaining))),
            Rows(await place.QueryAsync(
                $"""
                SELECT opening, sequence, payer, {place.TimeSql("occurred_at")}, {place.TimeSql("expires_at")}, remaining
                FROM open_lot
                ORDER BY opening, occurred_at, sequence
                """)));
        Assert.Equal(
            commits.SelectMany(commit => commit.Entries).Where(entry => entry.Kind == EntryKind.Credit)
                .Select(credit => Row(credit.Sequence, credit.Payer!, credit.Points, Time(credit.ExpiresAt))),
            Rows(await place.QueryAsync($"SELECT sequence, payer, points, {place.TimeSql("expires_at")} FROM lot ORDER BY sequence")));
        await AssertHoldsAsync(place, commits, states);
        await AssertJournalAsync(place, commits);
    }

    private static async Task AssertHoldsAsync(AnalyticsPlace place, IReadOnlyList<Commit> commits, SortedDictionary<Sequence, AccountState> states)
    {
        // A state knows its pending spends by their first entries.
        List<(Sequence Opening, Entry First, Hold Hold)> holds =
        [
            .. commits.SelectMany(commit => commit.Entries).Where(entry => entry.Kind == EntryKind.Spend)
                .Select(entry => (Opening(entry), entry, states[Opening(entry)].FindHold(entry.Sequence)!)).Where(hold => hold.Item3 is not null),
        ];
        Assert.Equal(
            holds.SelectMany(hold => hold.Hold.Draws.GroupBy(draw => draw.Payer.Value).OrderBy(draws => draws.Key, StringComparer.Ordinal).Select(
                draws => Row(hold.Opening, hold.Hold.Spend, draws.Key, draws.Sum(draw => draw.Points.Value), Time(hold.Hold.EndsAt)))),
            Rows(await place.QueryAsync($"SELECT opening, spend, payer, points, {place.TimeSql("hold_until")} FROM hold ORDER BY spend, payer")));
        Assert.Equal(
            holds.Select(hold => Row(
                states[hold.Opening].Account, new EntryId(commits[0].Partition, hold.Hold.Spend), hold.Hold.Draws.Sum(draw => draw.Points.Value),
                Time(hold.Hold.EndsAt), hold.First.Origin?.Reference)),
            Rows(await place.QueryAsync($"SELECT account, id, points, {place.TimeSql("hold_until")}, reference FROM pending_spend ORDER BY sequence")));
    }

    private static async Task AssertJournalAsync(AnalyticsPlace place, IReadOnlyList<Commit> commits)
    {
        Assert.Equal(
            commits.SelectMany(commit => commit.Entries.Select(entry => Row(
                entry.Sequence, entry.Operation, Opening(entry), EntryKindNames.ToText(entry.Kind), entry.Payer, entry.Points, entry.LotPoints, entry.Lot,
                Time(entry.OccurredAt), Time(entry.ExpiresAt), entry.Subject, Time(commit.RecordedAt), Time(commit.DecidedAt)))),
            Rows(await place.QueryAsync(
                $"""
                SELECT sequence, operation, opening, kind, payer, points, lot_points, lot, {place.TimeSql("occurred_at")}, {place.TimeSql("expires_at")}, subject,
                    {place.TimeSql("recorded_at")}, {place.TimeSql("decided_at")}
                FROM entry
                ORDER BY sequence
                """)));
        Assert.Equal(
            Operations(commits).Select(operation => operation.Row),
            Rows(await place.QueryAsync(
                $"""
                SELECT sequence, last_sequence, id, opening, kind, points, balance_before, balance_after, {place.TimeSql("hold_until")}, subject,
                    {place.TimeSql("recorded_at")}, reference, reason, actor
                FROM operation
                ORDER BY sequence
                """)));
        Assert.Equal(
            [Row(commits.Count == 0 ? Sequence.Zero : commits[^1].Last, commits.Count == 0 ? null : Time(commits[^1].RecordedAt))],
            Rows(await place.QueryAsync($"SELECT last_sequence, {place.TimeSql("recorded_at")} FROM export_position")));
    }

    /// <summary>The ledger's own states after these commits, by the first entries of accounts.</summary>
    public static SortedDictionary<Sequence, AccountState> Fold(IReadOnlyList<Commit> commits)
    {
        SortedDictionary<Sequence, AccountState> states = [];
        foreach (Entry entry in commits.SelectMany(commit => commit.Entries))
        {
            if (entry.Opening == Sequence.Zero)
            {
                states.Add(entry.Sequence, new AccountState(entry.Account));
            }

            states[Opening(entry)].Apply(entry);
        }

        return states;
    }

    private static IEnumerable<(Sequence First, string Row)> Operations(IReadOnlyList<Commit> commits)
    {
        HashSet<Sequence> erased = FindErased(commits);
        foreach (Commit commit in commits)
        {
            foreach (IGrouping<Sequence, Entry> operation in commit.Entries.GroupBy(entry => entry.Operation))
            {
                Entry first = operation.First();
                OperationOutline outline = OperationOutline.Of([.. operation], 1);
                bool hasTexts = first.Kind == EntryKind.Erasure || !erased.Contains(Opening(first));
                yield return (first.Sequence, Row(
                    first.Sequence, operation.Last().Sequence, new EntryId(commit.Partition, first.Sequence), Opening(first), EntryKindNames.ToText(OperationKind.Of(first)),
                    outline.Points, first.BalanceBefore, outline.BalanceAfter, first.Kind == EntryKind.Spend ? Time(first.ExpiresAt) : null, first.Subject,
                    Time(commit.RecordedAt), hasTexts ? first.Origin?.Reference : null, hasTexts ? first.Origin?.Reason : null, first.Origin?.Actor));
            }
        }
    }

    /// <summary>The accounts that these commits erase, by their first entries. The tables must not contain their keys, references and reasons.</summary>
    private static HashSet<Sequence> FindErased(IReadOnlyList<Commit> commits) =>
        [.. commits.SelectMany(commit => commit.Entries).Where(entry => entry.Kind == EntryKind.Erasure).Select(Opening)];

    private static Sequence Opening(Entry entry) => entry.Opening == Sequence.Zero ? entry.Sequence : entry.Opening;

    private static string? Time(Instant? instant) =>
        instant?.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Row(params object?[] values) => string.Join(" | ", values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));

    private static IEnumerable<string> Rows(IReadOnlyList<string?[]> rows) => rows.Select(row => Row(row));
}

using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>The expected contents of an account store, computed in a simple way from live accounts and the entries of a journal.</summary>
public static class Expected
{
    /// <summary>Asserts that an account store contains everything that a ledger has committed, and nothing else.</summary>
    public static async Task AssertAsync(StoreHost host, CommitChain chain, ScriptedLedger ledger)
    {
        AccountStorePosition position = new(chain.Head.Last, chain.Head.Seal, chain.Head.Last, chain.Head.Seal);
        StoreAssert.Equal(Tables(position, chain.Commits, ledger), await host.ReadTablesAsync());
    }

    /// <summary>The tables that result from commits. The live accounts must contain all entries of these commits.</summary>
    public static AccountStoreTables Tables(AccountStorePosition position, IReadOnlyList<Commit> commits, ScriptedLedger ledger)
    {
        List<RecordedEntry> entries = [.. commits.SelectMany(commit => commit.Entries.Select(entry => new RecordedEntry(entry, commit.Time)))];
        ILookup<AccountId, RecordedEntry> byAccount = entries.ToLookup(entry => entry.Entry.Account);
        return new AccountStoreTables(
            position,
            [.. ledger.States.Values.Where(state => byAccount.Contains(state.Account)).Select(state => Account(state, [.. byAccount[state.Account]]))]);
    }

    /// <summary>The sums of payers that result from commits.</summary>
    public static PayerTables Sums(IEnumerable<Commit> commits) =>
        Sums([.. commits.SelectMany(commit => commit.Entries.Select(entry => new RecordedEntry(entry, commit.Time)))]);

    private static PayerTables Sums(IReadOnlyList<RecordedEntry> entries)
    {
        IGrouping<PayerName, RecordedEntry>[] payers = [.. entries.Where(entry => entry.Entry.Payer is not null).GroupBy(entry => entry.Entry.Payer!)];
        return new PayerTables(
            payers.Select(group => new PayerTotalChange(group.Key, Sum(group, Points), Sum(group, LotPoints) - Sum(group, Points))),
            payers.SelectMany(group => group.GroupBy(FlowOf).Select(flow => KeyValuePair.Create(flow.Key, Sum(flow, Points)))),
            payers.SelectMany(group => group.Where(entry => !entry.Entry.LotPoints.IsZero).GroupBy(StockOf)
                .Select(stock => KeyValuePair.Create(stock.Key, Sum(stock, LotPoints)))));
    }

    private static AccountTables Account(AccountState state, List<RecordedEntry> entries) => new(
        state.ToSnapshot(),
        [.. entries.Select(entry => entry.Entry.Operation).Distinct()],
        [
            .. entries.Where(entry => entry.Entry.Kind is EntryKind.Capture or EntryKind.Reversal || entry.Entry is { Kind: EntryKind.Restore, IsFirst: true })
                .GroupBy(entry => entry.Entry.Subject!.Value)
                .OrderBy(ends => ends.Key)
                .Select(ends => (ends.Key, new SubjectEnd(ends.Last().Entry.Kind, ends.Last().Entry.Sequence))),
        ],
        [
            .. entries.Where(entry => entry.Entry.Origin?.Key is not null)
                .Select(entry => new KeyRecord(entry.Entry.Origin!.KeyHash!.Value, entry.Entry.Sequence, entry.Time.DecidedAt)),
        ]);

    private static PayerFlow FlowOf(RecordedEntry entry) => new(
        entry.Entry.Payer!,
        DayOf(entry.RecordedAt),
        entry.Entry.Kind,
        entry.Entry.Kind is EntryKind.Credit or EntryKind.Deduction ? DayOf(entry.Entry.OccurredAt!.Value) : null);

    private static PayerStock StockOf(RecordedEntry entry) => new(
        entry.Entry.Payer!,
        DayOf(entry.RecordedAt),
        DayOf(entry.Entry.OccurredAt!.Value),
        entry.Entry.ExpiresAt is { } expiresAt ? DayOf(expiresAt) : null);

    private static DateOnly DayOf(Instant time) => DateOnly.FromDateTime(time.ToDateTimeOffset().UtcDateTime);

    private static Int128 Points(RecordedEntry entry) => entry.Entry.Points.Value;

    private static Int128 LotPoints(RecordedEntry entry) => entry.Entry.LotPoints.Value;

    private static Int128 Sum(IEnumerable<RecordedEntry> entries, Func<RecordedEntry, Int128> value) =>
        entries.Aggregate(Int128.Zero, (sum, entry) => sum + value(entry));
}

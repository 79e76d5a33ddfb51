using Pointbook.Engine.Journal;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>What a projection has to hold, computed plainly from live accounts and the entries of a journal.</summary>
public static class Expected
{
    /// <summary>Asserts that a projection holds everything a ledger has committed, and nothing else.</summary>
    public static async Task AssertAsync(StoreHost host, CommitChain chain, ScriptedLedger ledger)
    {
        ProjectionPosition position = new(chain.Head.Last, chain.Head.Seal, chain.Head.Last, chain.Head.Seal);
        Compare.Equal(Tables(position, chain.Commits, ledger), await host.ReadTablesAsync());
    }

    /// <summary>The tables that commits come to whose entries are all in the live accounts.</summary>
    public static ProjectionTables Tables(ProjectionPosition position, IReadOnlyList<Commit> commits, ScriptedLedger ledger)
    {
        List<Entry> entries = [.. commits.SelectMany(commit => commit.Entries)];
        ILookup<AccountId, Entry> byAccount = entries.ToLookup(entry => entry.Account);
        return new ProjectionTables(
            position,
            [.. ledger.States.Values.Where(state => byAccount.Contains(state.Account)).Select(state => Account(state, [.. byAccount[state.Account]]))],
            Totals(entries));
    }

    private static AccountTables Account(AccountState state, List<Entry> entries)
    {
        Sequence flushed = entries.FindLast(entry => entry.Kind == EntryKind.Flush)?.Sequence ?? Sequence.Zero;
        return new AccountTables(
            state.ToSnapshot(),
            state.LotCount,
            [.. entries.Select(entry => entry.Sequence).Where(sequence => sequence > flushed)],
            [.. entries.Select(entry => entry.Sequence).Where(sequence => sequence <= flushed)],
            [.. entries.Where(entry => entry.Origin?.Key is not null)
                .Select(entry => (entry.Origin!.Key!, new KeyRecord(entry.Origin.KeyHash!.Value, entry.Sequence)))
                .OrderBy(pair => pair.Item1.Value, StringComparer.Ordinal)]);
    }

    private static List<PayerTotalChange> Totals(List<Entry> entries) =>
    [
        .. entries.Where(entry => entry.Payer is not null).GroupBy(entry => entry.Payer!).OrderBy(group => group.Key).Select(group =>
        {
            Int128 points = group.Aggregate(Int128.Zero, (sum, entry) => sum + entry.Points.Value);
            Int128 lots = group.Aggregate(Int128.Zero, (sum, entry) => sum + entry.LotPoints.Value);
            return new PayerTotalChange(group.Key, points, lots - points);
        }),
    ];
}

using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

public sealed class HistoryTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_history_lists_every_operation_newest_first_across_pages_without_gaps()
    {
        await using Node node = await StartWithHistoryAsync();
        EntryKind[] expected =
            [EntryKind.Restore, EntryKind.Flush, EntryKind.Capture, EntryKind.Spend, EntryKind.Reversal, EntryKind.Spend, EntryKind.Deduction, EntryKind.Credit, EntryKind.Credit];
        foreach (int countMax in new[] { 1, 2, 4, 9, 100 })
        {
            List<AccountOperation> operations = await ReadAllAsync(node, new HistoryQuery(Given.Carol, countMax));
            Assert.Equal(expected, operations.Select(operation => operation.Kind));
            Assert.Equal(operations.OrderByDescending(operation => operation.Id.Sequence), operations);
        }
    }

    [Fact]
    public async Task An_operation_is_the_same_in_the_history_as_when_it_was_written()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Receipt credit = (await node.DoAsync(Given.Add(100) with { Origin = new Origin { Reference = "order 1", Reason = "bought" } })).Accepted();
        (await node.DoAsync(Given.Add(50, day: 2, payer: Given.Unilever))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(120))).Accepted();
        List<AccountOperation> operations = await ReadAllAsync(node, new HistoryQuery(Given.Carol, 10));

        Assert.Equal([spend.Head], operations[0].Operation.FirstEntries);
        Assert.Equal(spend.Operation.EntryCount, operations[0].Operation.EntryCount);
        Assert.Equal((spend.Id, spend.RecordedAt, -120), (operations[0].Id, operations[0].RecordedAt, operations[0].Operation.Points.Value));
        Assert.Equal([(Given.Dannon, -100), (Given.Unilever, -20)], operations[0].Operation.Payers.Select(line => (line.Payer, line.Points.Value)));
        Assert.Equal(credit.Operation.FirstEntries, operations[2].Operation.FirstEntries);
        AccountOperation read = (await node.Queries.ReadOperationAsync(Given.Carol, spend.Id, Token)).Value!;
        Assert.Equal(operations[0].Operation.FirstEntries, read.Operation.FirstEntries);
    }

    [Fact]
    public async Task Filters_match_only_what_they_name()
    {
        await using Node node = await StartWithHistoryAsync();
        List<AccountOperation> all = await ReadAllAsync(node, new HistoryQuery(Given.Carol, 100));
        Instant from = all[5].RecordedAt;
        Instant to = all[2].RecordedAt;

        Assert.Equal(Ids(all.Where(item => item.Kind == EntryKind.Spend)), Ids(await ReadAllAsync(node, new HistoryQuery(Given.Carol, 1) { Kind = EntryKind.Spend })));
        Assert.Equal(
            Ids(all.Where(item => item.RecordedAt >= from && item.RecordedAt < to)),
            Ids(await ReadAllAsync(node, new HistoryQuery(Given.Carol, 2) { RecordedFrom = from, RecordedTo = to })));
        Assert.Equal(
            Ids(all.Where(item => item.Operation.Payers.Any(payer => payer.Payer == Given.Unilever))),
            Ids(await ReadAllAsync(node, new HistoryQuery(Given.Carol, 1) { Payer = Given.Unilever })));
        Assert.Empty(await ReadAllAsync(node, new HistoryQuery(Given.Carol, 10) { Payer = PayerName.FromTrusted("NOBODY") }));
        Assert.Empty(await ReadAllAsync(node, new HistoryQuery(Given.Dave, 10)));
    }

    [Fact]
    public async Task A_flush_archives_earlier_operations_and_a_restore_brings_them_back()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        (await node.DoAsync(Given.Add(100))).Accepted();
        Receipt first = (await node.DoAsync(Given.Flush())).Accepted();
        (await node.DoAsync(Given.Add(7))).Accepted();
        Receipt second = (await node.DoAsync(Given.Flush())).Accepted();
        HistoryQuery archive = new(Given.Carol, 2) { IsArchive = true };
        Assert.Equal([EntryKind.Flush, EntryKind.Credit, EntryKind.Flush, EntryKind.Credit], (await ReadAllAsync(node, archive)).Select(item => item.Kind));

        (await node.DoAsync(Given.Restore(second))).Accepted();
        Assert.Equal([EntryKind.Flush, EntryKind.Credit], (await ReadAllAsync(node, archive)).Select(item => item.Kind));
        List<AccountOperation> whole = await ReadAllAsync(node, new HistoryQuery(Given.Carol, 10));
        Assert.Equal([false, false, false, true, true], whole.Select(item => item.IsArchived));
        Assert.Equal(RefusalCode.AccountMovedOn, (await node.DoAsync(Given.Restore(first))).Code());
        Assert.Equal(RefusalCode.AccountMovedOn, (await node.DoAsync(Given.Restore(second))).Code());
        Assert.Equal(7, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_filter_with_few_matches_returns_short_pages_and_where_to_continue()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        (await node.DoAsync(Given.Add(1, payer: Given.Unilever))).Accepted();
        await Task.WhenAll(Enumerable.Range(0, 2_500).Select(async _ => (await node.DoAsync(Given.Add(1))).Accepted()));
        HistoryQuery query = new(Given.Carol, 10) { Payer = Given.Unilever };
        HistoryPage page = (await node.Queries.ReadHistoryAsync(query, Token)).Value!;
        Assert.Empty(page.Operations);
        Assert.NotNull(page.Next);
        HistoryPage next = (await node.Queries.ReadHistoryAsync(query with { Before = page.Next }, Token)).Value!;
        Assert.Equal(new Sequence(1), Assert.Single(next.Operations).Id.Sequence);
        Assert.Null(next.Next);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_reads_few_operations_that_have_very_many_payers(bool isFiltered)
    {
        const int Payers = 100;
        await using Node node = await Node.StartAsync(clock: _clock);
        await Task.WhenAll(Enumerable.Range(0, Payers).Select(async number =>
            (await node.DoAsync(Given.Add(1, payer: PayerName.FromTrusted($"payer{number}")))).Accepted()));
        for (int round = 0; round < 20; round++)
        {
            (await node.DoAsync(Given.Reverse((await node.DoAsync(Given.Spend(Payers))).Accepted()))).Accepted();
        }

        await node.Partition.WaitUntilStoredAsync(Token);
        CountingAccountStore counting = new(node.Gate);
        using LedgerQueries queries = new([node.Partition], [new StoredPartition(node.Journal, counting, node.ReadModel)], new QueryOptions { HistoryBytesMax = 1_024 }, _clock);
        HistoryQuery query = new(Given.Carol, 100) { Payer = isFiltered ? PayerName.FromTrusted("nobody") : null };
        HistoryPage page = (await queries.ReadHistoryAsync(query, Token)).Value!;

        Assert.NotNull(page.Next);
        // The query lists one operation for the row of the account.
        Assert.InRange(counting.Rows, 1, 1 + 4);
        Assert.Equal(isFiltered ? 0 : 2, page.Operations.Count);
    }

    [Fact]
    public async Task An_id_of_another_account_or_inside_an_operation_or_of_another_partition_is_not_found()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Receipt credit = (await node.DoAsync(Given.Add(100))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(10))).Accepted();
        EntryId[] wrong = [new EntryId(0, spend.Id.Sequence.Next), new EntryId(1, credit.Id.Sequence), new EntryId(0, new Sequence(99))];
        foreach (EntryId id in wrong)
        {
            Assert.Equal(RefusalCode.OperationNotFound, (await node.Queries.ReadOperationAsync(Given.Carol, id, Token)).Refusal?.Code);
        }

        Assert.Equal(RefusalCode.OperationNotFound, (await node.Queries.ReadOperationAsync(Given.Dave, credit.Id, Token)).Refusal?.Code);
        Assert.Equal(RefusalCode.OperationNotFound, (await node.Partition.ReadSpendAsync(Given.Carol, credit.Id, Token)).Refusal?.Code);
    }

    [Fact]
    public async Task A_query_that_waits_too_long_for_the_account_store_is_refused()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        TaskCompletionSource blocked = new();
        node.AccountStore.BeforeApply = () => blocked.Task;
        (await node.DoAsync(Given.Add(100))).Accepted();
        Task<Outcome<HistoryPage>> reading = node.Queries.ReadHistoryAsync(new HistoryQuery(Given.Carol, 10), Token).AsTask();
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return reading.IsCompleted;
        });
        Assert.Equal(RefusalCode.CatchingUp, (await reading).Refusal?.Code);
        blocked.SetResult();
    }

    /// <summary>Writes one operation of each kind, except an expiry.</summary>
    private async Task<Node> StartWithHistoryAsync()
    {
        Node node = await Node.StartAsync(clock: _clock);
        (await node.DoAsync(Given.Add(100))).Accepted();
        (await node.DoAsync(Given.Add(80, day: 2, payer: Given.Unilever))).Accepted();
        (await node.DoAsync(Given.Add(-20))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(90))).Accepted();
        (await node.DoAsync(Given.Reverse(spend))).Accepted();
        Receipt hold = (await node.DoAsync(Given.Hold(5, TimeSpan.FromHours(1)))).Accepted();
        (await node.DoAsync(Given.Capture(hold))).Accepted();
        Receipt flush = (await node.DoAsync(Given.Flush())).Accepted();
        (await node.DoAsync(Given.Restore(flush))).Accepted();
        return node;
    }

    private static async Task<List<AccountOperation>> ReadAllAsync(Node node, HistoryQuery query)
    {
        List<AccountOperation> operations = [];
        do
        {
            HistoryPage page = (await node.Queries.ReadHistoryAsync(query, Token)).Value!;
            Assert.InRange(page.Operations.Count, 0, query.CountMax);
            operations.AddRange(page.Operations);
            query = query with { Before = page.Next };
        }
        while (query.Before is not null);

        return operations;
    }

    private static IEnumerable<EntryId> Ids(IEnumerable<AccountOperation> operations) => operations.Select(operation => operation.Id);

    /// <summary>Counts the rows of operations that queries read.</summary>
    private sealed class CountingAccountStore(IAccountStore inner) : DelegatingAccountStore(inner)
    {
        public int Rows { get; private set; }

        public override async ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken)
        {
            OperationPage page = await base.ListOperationsAsync(query, cancellationToken);
            Rows += page.Operations.Count;
            return page;
        }
    }
}

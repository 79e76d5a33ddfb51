using Pointbook.Engine.Hosting;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

/// <summary>Queries beside a partition that another process hosts.</summary>
public sealed class MemberTests
{
    private const int AccountDamaged = 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_row_of_an_operation_is_found_by_a_replay_and_the_partition_is_told_wherever_it_runs()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        Receipt lost = (await node.DoAsync(Given.Add(100))).Taken();
        Receipt last = (await node.DoAsync(Given.Spend(70))).Taken();
        using LedgerQueries queries = new(
            [new RemotePartition(node.Partition)],
            [new StoredPartition(node.Journal, new LossyProjection(node.Gate, lost.Id.Sequence))],
            new QueryOptions(),
            TimeProvider.System);

        Assert.Equal(RefusalCode.AccountDamaged, (await queries.ReadBalanceAsOfAsync(Given.Carol, last.RecordedAt, Token)).Refusal?.Code);
        Assert.Equal(RefusalCode.AccountDamaged, (await queries.ReadEffectiveBalanceAsync(Given.Carol, Given.Day(1), null, Token)).Refusal?.Code);
        Assert.Single(log.MessagesOf(AccountDamaged));
        await Eventually.TrueAsync(() => node.Projection.HasDamagedAccounts);
    }

    [Fact]
    public async Task Whoever_waits_for_a_projection_that_ends_is_told_that_its_partition_stops()
    {
        await using Node node = await Node.StartAsync();
        RemotePartition remote = new(node.Partition);
        using LedgerQueries queries = new([remote], [new StoredPartition(node.Journal, node.Gate)], new QueryOptions(), TimeProvider.System);
        node.Gate.Hold();
        (await node.DoAsync(Given.Add(100))).Taken();
        Task<Outcome<HistoryPage>> waiting = queries.ReadHistoryAsync(new HistoryQuery(Given.Carol, 10), Token).AsTask();
        // It has probed, and waits for the projection.
        await Eventually.TrueAsync(() => remote.Calls == 2);
        await node.Partition.DisposeAsync();

        Assert.Equal(RefusalCode.ShuttingDown, (await waiting).Refusal?.Code);
    }

    [Fact]
    public async Task Queries_need_as_many_stored_partitions_as_there_are_members()
    {
        await using Node node = await Node.StartAsync();
        StoredPartition stored = new(node.Journal, node.Gate);
        Assert.Throws<ArgumentException>(() => new LedgerQueries([node.Partition], [stored, stored], new QueryOptions(), TimeProvider.System));
        Assert.Throws<ArgumentException>(() => new LedgerQueries([node.Partition], [], new QueryOptions(), TimeProvider.System));
    }

    private sealed class LossyProjection(IProjection inner, Sequence lost) : DelegatingProjection(inner)
    {
        public override async ValueTask<IReadOnlyList<OperationRow>> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) =>
            [.. (await base.ListOperationsAsync(query, cancellationToken)).Where(row => row.First != lost)];
    }
}

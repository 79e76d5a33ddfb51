using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

/// <summary>Queries in a process that does not host the partition.</summary>
public sealed class MemberTests
{
    private const int AccountDamaged = 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replay_detects_a_lost_operation_row_and_tells_the_partition_wherever_it_runs()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        Receipt lost = (await node.DoAsync(Given.Add(100))).Accepted();
        Receipt last = (await node.DoAsync(Given.Spend(70))).Accepted();
        using LedgerQueries queries = new(
            [new RemotePartition(node.Partition)],
            [new StoredPartition(node.Journal, new LossyAccountStore(node.Gate, lost.Id.Sequence), node.ReadModel)],
            new QueryOptions(),
            TimeProvider.System);

        Assert.Equal(RefusalCode.AccountDamaged, (await queries.ReadBalanceAsOfAsync(Given.Carol, last.RecordedAt, Token)).Refusal?.Code);
        Assert.Equal(RefusalCode.AccountDamaged, (await queries.ReadEffectiveBalanceAsync(Given.Carol, Given.Day(1), null, Token)).Refusal?.Code);
        Assert.Single(log.MessagesOf(AccountDamaged));
        await Eventually.TrueAsync(() => node.AccountStore.HasDamagedAccounts);
    }

    [Fact]
    public async Task A_caller_that_waits_for_a_stopping_account_store_is_told_that_the_partition_stops()
    {
        await using Node node = await Node.StartAsync();
        RemotePartition remote = new(node.Partition);
        using LedgerQueries queries = new([remote], [node.Stored], new QueryOptions(), TimeProvider.System);
        node.Gate.Hold();
        (await node.DoAsync(Given.Add(100))).Accepted();
        Task<Outcome<HistoryPage>> waiting = queries.ReadHistoryAsync(new HistoryQuery(Given.Carol, 10), Token).AsTask();
        // The query has probed the partition, and now waits for the account store.
        await Eventually.TrueAsync(() => remote.Calls == 2);
        await node.Partition.DisposeAsync();

        Assert.Equal(RefusalCode.ShuttingDown, (await waiting).Refusal?.Code);
    }

    [Fact]
    public async Task Queries_need_a_stored_partition_for_every_member()
    {
        await using Node node = await Node.StartAsync();
        StoredPartition stored = node.Stored;
        Assert.Throws<ArgumentException>(() => new LedgerQueries([node.Partition], [stored, stored], new QueryOptions(), TimeProvider.System));
        Assert.Throws<ArgumentException>(() => new LedgerQueries([node.Partition], [], new QueryOptions(), TimeProvider.System));
    }

    [Fact]
    public async Task Emptied_tables_answer_no_query_for_operations()
    {
        await using Node node = await Node.StartAsync();
        Receipt last = (await node.DoAsync(Given.Add(1))).Accepted();
        for (int add = 0; add < 120; add++)
        {
            last = (await node.DoAsync(Given.Add(1))).Accepted();
        }

        await node.Partition.WaitUntilStoredAsync(CancellationToken.None);
        for (int lists = 0; lists < 3; lists++)
        {
            using LedgerQueries history = Emptied(node, lists);
            Assert.Equal(RefusalCode.CatchingUp, (await history.ReadHistoryAsync(new HistoryQuery(Given.Carol, 10), CancellationToken.None)).Refusal?.Code);
        }

        for (int lists = 0; lists < 2; lists++)
        {
            using LedgerQueries past = Emptied(node, lists);
            Assert.Equal(RefusalCode.CatchingUp, (await past.ReadBalanceAsOfAsync(Given.Carol, last.RecordedAt, CancellationToken.None)).Refusal?.Code);
        }

        using LedgerQueries one = Emptied(node, 0);
        Assert.Equal(RefusalCode.CatchingUp, (await one.ReadOperationAsync(Given.Carol, last.Id, CancellationToken.None)).Refusal?.Code);
        Assert.True(node.Partition.Health.IsReady);
        Assert.Equal(0, node.Partition.Health.DamagedAccounts);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public async Task Tables_that_are_being_emptied_return_no_list_of_accounts(int positionsBefore, bool isShared)
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(1))).Accepted();
        await node.Partition.WaitUntilStoredAsync(CancellationToken.None);
        node.Store.IsShared = isShared;
        ResetAccountStore accountStore = new(node.Gate, positionsBefore);
        using LedgerQueries queries = new([node.Partition], [new StoredPartition(node.Journal, accountStore, node.ReadModel)], new QueryOptions(), TimeProvider.System);
        Assert.Equal(RefusalCode.CatchingUp, (await queries.ListAccountsAsync("", null, 10, CancellationToken.None)).Refusal?.Code);
    }

    /// <summary>An account store that was emptied and filled again after some reads of its position.</summary>
    private sealed class ResetAccountStore(IAccountStore inner, int positionsBefore) : DelegatingAccountStore(inner)
    {
        private int _positions;

        public override async ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken) => _positions++ < positionsBefore
            ? await base.ReadPositionAsync(cancellationToken)
            : positionsBefore == 0 ? AccountStorePosition.Start : await base.ReadPositionAsync(cancellationToken) with { Resets = 1 };
    }

    private static LedgerQueries Emptied(Node node, int listsBefore) => new(
        [node.Partition], [new StoredPartition(node.Journal, new EmptiedAccountStore(node.Gate, listsBefore), node.ReadModel)], new QueryOptions(), TimeProvider.System);

    /// <summary>An account store that another process empties after some lists.</summary>
    private sealed class EmptiedAccountStore(IAccountStore inner, int listsBefore) : DelegatingAccountStore(inner)
    {
        private int _lists;

        public override async ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) =>
            _lists++ < listsBefore ? await base.ListOperationsAsync(query, cancellationToken) : new OperationPage(Sequence.Zero, default, [], null);
    }

    private sealed class LossyAccountStore(IAccountStore inner, Sequence lost) : DelegatingAccountStore(inner)
    {
        public override async ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken)
        {
            OperationPage page = await base.ListOperationsAsync(query, cancellationToken);
            return page with { Operations = [.. page.Operations.Where(operation => operation != lost)] };
        }
    }
}

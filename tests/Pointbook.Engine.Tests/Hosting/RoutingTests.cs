using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Hosting;

/// <summary>A store of three partitions. This process hosts partition 1, and other processes host 0 and 2.</summary>
public sealed class RoutingTests : IAsyncLifetime
{
    private readonly Node[] _nodes = [.. Enumerable.Range(0, 3).Select(partition => Node.Build(new MemoryJournal(TimeProvider.System, partition)))];
    private readonly RemotePartition[] _remote;
    private readonly PartitionedLedger _ledger;
    private readonly LedgerQueries _queries;

    public RoutingTests()
    {
        _remote = [new RemotePartition(_nodes[0].Partition), new RemotePartition(_nodes[2].Partition)];
        _ledger = new PartitionedLedger([_remote[0], _nodes[1].Partition, _remote[1]], [_nodes[1].Partition]);
        _queries = new LedgerQueries(
            _ledger.Members, [.. _nodes.Select(node => node.Stored)], new QueryOptions(), TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _nodes[0].StartAsync();
        await _nodes[2].StartAsync();
        await _ledger.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        _queries.Dispose();
        await _ledger.DisposeAsync();
        foreach (Node node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task Accounts_are_routed_by_the_partitions_of_the_store_wherever_these_run()
    {
        for (int number = 0; number < 30; number++)
        {
            AccountId account = AccountId.FromTrusted($"account{number}");
            Receipt receipt = (await _ledger.ExecuteAsync(Given.Add(number + 1, account: account), Token)).Accepted();
            Assert.Equal(PartitionMap.PartitionOf(account, 3), receipt.Partition);
            Assert.Equal(receipt.Partition, _ledger.PartitionOf(account));
            Assert.Equal(number + 1, (await _ledger.ReadBalanceAsync(account, Token)).Value!.Points.Value);
            Assert.Single((await _queries.ReadLotsAsync(account, null, 10, Token)).Value!.Lots);
            Receipt spend = (await _ledger.ExecuteAsync(Given.Spend(1, account), Token)).Accepted();
            Assert.False((await _ledger.ReadSpendAsync(account, spend.Id, Token)).IsRefused);
            Assert.Equal(number == 0, (await _ledger.PreviewSpendAsync(Given.Spend(1, account), Token)).IsRefused);
        }

        Assert.All(_nodes, node => Assert.NotEmpty(node.Store.Commits));
        Assert.All(_remote, remote => Assert.NotEqual(0, remote.Calls));
    }

    [Fact]
    public async Task Queries_wait_for_the_head_of_every_partition_wherever_it_runs()
    {
        AccountId[] accounts = [.. Enumerable.Range(0, 30).Select(number => AccountId.FromTrusted($"account{number}"))];
        foreach (AccountId account in accounts)
        {
            (await _ledger.ExecuteAsync(Given.Add(1, account: account), Token)).Accepted();
            Assert.Single((await _queries.ReadHistoryAsync(new HistoryQuery(account, 10), Token)).Value!.Operations);
        }

        AccountPage page = (await _queries.ListAccountsAsync("account", null, 30, Token)).Value!;
        Assert.Equal(accounts.Order(), page.Accounts.Select(balance => balance.Account));
        Assert.Equal(30, (long)(await _queries.ListPayersAsync(null, null, 10, Token)).Value!.Payers.Single().Points);
    }

    [Fact]
    public async Task An_unreachable_partition_fails_only_requests_for_its_accounts()
    {
        _remote[0].IsReachable = false;
        for (int number = 0; number < 30; number++)
        {
            AccountId account = AccountId.FromTrusted($"account{number}");
            bool isAway = PartitionMap.PartitionOf(account, 3) == 0;
            RefusalCode? expected = isAway ? RefusalCode.StorageUnavailable : null;
            Assert.Equal(expected, (await _ledger.ExecuteAsync(Given.Add(1, account: account), Token)).Refusal?.Code);
            Assert.Equal(expected, (await _queries.ReadHistoryAsync(new HistoryQuery(account, 10), Token)).Refusal?.Code);
        }

        Assert.Equal(RefusalCode.StorageUnavailable, (await _queries.ListPayersAsync(null, null, 10, Token)).Refusal?.Code);
    }

    [Fact]
    public async Task Health_and_completion_are_those_of_the_hosted_partitions()
    {
        await _nodes[0].Partition.StopAsync(Token);
        Assert.True(_ledger.Health.IsReady);
        Assert.Null(await _ledger.ProbeAsync(Token));
        await _ledger.StopAsync(Token);
        Assert.False(_ledger.Health.IsRunning);
        Assert.True(_nodes[2].Partition.Health.IsRunning);
        Assert.Null((await _remote[1].ProbeAsync(Token)).Refusal);
    }

    [Fact]
    public async Task A_partition_that_stops_completes()
    {
        Assert.All(_ledger.Members, member => Assert.False(member.Completion.IsCompleted));
        await _ledger.StopAsync(Token);
        await _ledger.Members[1].Completion.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(_ledger.Members[2].Completion.IsCompleted);
        await _nodes[2].DisposeAsync();
        await _ledger.Members[2].Completion.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task A_partition_that_stops_because_of_a_bug_completes_with_the_bug()
    {
        _nodes[1].Journal.Script(AppendFault.FencedByOther(_ => throw new InvalidCastException("Scripted.")));
        await Assert.ThrowsAsync<InvalidCastException>(() => _nodes[1].DoAsync(Given.Add(1)));
        await Assert.ThrowsAsync<InvalidCastException>(() => _ledger.Members[1].Completion.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.False(_ledger.Health.IsRunning);
    }

    [Fact]
    public async Task A_probe_returns_the_end_of_the_journal_and_callers_can_wait_for_it()
    {
        LocalPartition partition = _nodes[1].Partition;
        Assert.Equal(Sequence.Zero, (await partition.ProbeAsync(Token)).Through);
        TaskCompletionSource held = new();
        _nodes[1].Gate.BeforeApply = _ => held.Task;
        (await _nodes[1].DoAsync(Given.Add(1))).Accepted();
        (await _nodes[1].DoAsync(Given.Add(1))).Accepted();
        ProbeAnswer probe = await partition.ProbeAsync(Token);
        Assert.Equal(new Sequence(2), probe.Through);
        await partition.SettleAsync(Sequence.Zero, Token);
        Task settled = partition.SettleAsync(probe.Through, Token);
        Assert.False(settled.IsCompleted);
        held.SetResult();
        await settled;
        Assert.Equal(new Sequence(2), (await _nodes[1].AccountStore.ReadPositionAsync(Token)).Last);
    }

    [Fact]
    public void Members_are_in_order_of_their_numbers_and_include_the_hosted_partitions()
    {
        LocalPartition[] partitions = [.. _nodes.Select(node => node.Partition)];
        Assert.Throws<ArgumentException>(() => new PartitionedLedger([.. partitions.Reverse()], partitions));
        Assert.Throws<ArgumentException>(() => new PartitionedLedger([partitions[0]], [partitions[1]]));
    }
}

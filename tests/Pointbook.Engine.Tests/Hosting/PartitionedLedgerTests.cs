using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Hosting;

public sealed class PartitionedLedgerTests : IAsyncDisposable
{
    private readonly Node[] _nodes = [.. Enumerable.Range(0, 3).Select(partition => Node.Build(new MemoryJournal(TimeProvider.System, partition)))];
    private readonly PartitionedLedger _ledger;

    public PartitionedLedgerTests()
    {
        LocalPartition[] hosted = [.. _nodes.Select(node => node.Partition)];
        _ledger = new PartitionedLedger(hosted, hosted);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_account_is_written_and_read_in_the_partition_of_the_map()
    {
        await _ledger.StartAsync(Token);
        for (int number = 0; number < 30; number++)
        {
            AccountId account = AccountId.FromTrusted($"account{number}");
            Receipt receipt = (await _ledger.ExecuteAsync(Given.Add(number + 1, account: account), Token)).Accepted();
            int partition = PartitionMap.PartitionOf(account, 3);
            Assert.Equal(account, _nodes[partition].Store.Commits[^1].Entries[^1].Account);
            Assert.Equal(partition, receipt.Partition);
            Assert.Equal(number + 1, (await _ledger.ReadBalanceAsync(account, Token)).Value!.Points.Value);
        }

        await _ledger.WaitUntilStoredAsync(Token);
        Assert.Equal(30, _nodes.Sum(node => node.AccountStore.ReadTables().Accounts.Count));
        Assert.All(_nodes, node => Assert.NotEmpty(node.Store.Commits));
    }

    [Fact]
    public async Task The_ledger_is_healthy_only_if_every_partition_is()
    {
        Assert.False(_ledger.Health.IsRunning);
        await _ledger.StartAsync(Token);
        Assert.True(_ledger.Health.IsReady);
        _nodes[1].Journal.Script(AppendFault.FailBefore);
        Assert.Equal(RefusalCode.StorageUnavailable, (await _nodes[1].DoAsync(Given.Add(1))).Code());
        Assert.Equal(new PartitionHealth(IsRunning: true, CanAppend: false, CanStoreAccounts: true), _ledger.Health);
        _nodes[2].AccountStore.BeforeApply = () => throw new StorageFailureException("Scripted.");
        (await _nodes[2].DoAsync(Given.Add(1))).Accepted();
        await Eventually.TrueAsync(() => !_ledger.Health.CanStoreAccounts);
    }

    [Fact]
    public async Task A_probe_asks_every_partition_and_returns_the_first_refusal()
    {
        await _ledger.StartAsync(Token);
        // The read models also read the journals when they start. The scripted failure must not hit these reads.
        await Task.WhenAll(_nodes.Select(node => node.Partition.SettleReadModelAsync(Sequence.Zero, Token)));
        Assert.Null(await _ledger.ProbeAsync(Token));
        _nodes[1].Journal.Script(AppendFault.FailBefore);
        Assert.Equal(RefusalCode.StorageUnavailable, (await _nodes[1].DoAsync(Given.Add(1))).Code());
        _nodes[1].Journal.ReadsToFail = 1;
        Assert.Equal(RefusalCode.StorageUnavailable, (await _ledger.ProbeAsync(Token))?.Code);
        Assert.Null(await _ledger.ProbeAsync(Token));
        await _nodes[2].Partition.StopAsync(Token);
        Assert.Equal(RefusalCode.ShuttingDown, (await _ledger.ProbeAsync(Token))?.Code);
    }

    [Fact]
    public async Task Stopping_stops_every_partition_and_stores_what_was_written()
    {
        await _ledger.StartAsync(Token);
        Task<Outcome<Receipt>>[] taken = [.. Enumerable.Range(0, 30).Select(number =>
            _ledger.ExecuteAsync(Given.Add(1, account: AccountId.FromTrusted($"account{number}")), Token).AsTask())];
        await _ledger.StopAsync(Token);
        Assert.All(await Task.WhenAll(taken), outcome => outcome.Accepted());
        Assert.All(_nodes, node => Assert.Equal(node.Store.Commits[^1].Last, node.AccountStore.ReadTables().Position.Last));
        Assert.False(_ledger.Health.IsRunning);
        Assert.Equal(RefusalCode.ShuttingDown, (await _ledger.ExecuteAsync(Given.Add(1), Token)).Code());
    }

    [Fact]
    public async Task If_one_partition_cannot_start_none_is_left_running()
    {
        await using (Node writer = await Node.StartAsync(_nodes[0].Store))
        {
            (await writer.DoAsync(Given.Add(1))).Accepted();
        }

        // The first partition would rebuild for ever. The second one cannot read its journal.
        _nodes[0].Gate.BeforeApply = _ => new TaskCompletionSource().Task;
        _nodes[1].Journal.ReadsToFail = 1;
        await Assert.ThrowsAsync<JournalException>(() => _ledger.StartAsync(Token));
        await _ledger.DisposeAsync();
        Assert.All(_nodes, node => Assert.False(node.Partition.Health.IsRunning));
        Assert.Equal(RefusalCode.ShuttingDown, (await _ledger.ExecuteAsync(Given.Add(1), Token)).Code());
        Assert.Equal(0, await ReadStoredPointsAsync());
    }

    [Fact]
    public async Task A_cancelled_start_throws_OperationCanceledException()
    {
        using CancellationTokenSource cancelled = new();
        _nodes[0].Gate.BeforeReadPosition = async () => await cancelled.CancelAsync();
        await using (Node writer = await Node.StartAsync(_nodes[0].Store))
        {
            (await writer.DoAsync(Given.Add(1))).Accepted();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _ledger.StartAsync(cancelled.Token));
    }

    [Fact]
    public async Task Disposing_twice_is_harmless()
    {
        await _ledger.StartAsync(Token);
        await _ledger.DisposeAsync();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public void A_ledger_needs_at_least_one_partition() => Assert.Throws<ArgumentOutOfRangeException>(() => new PartitionedLedger([], []));

    public async ValueTask DisposeAsync() => await _ledger.DisposeAsync();

    private async Task<long> ReadStoredPointsAsync() =>
        (await _nodes[0].AccountStore.ReadPositionAsync(Token)).Last.Value;
}

using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>The probe of a health check. It must be cheap, and must suffice to make the partition ready after an outage.</summary>
public sealed class ProbeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_probe_loads_nothing()
    {
        await using Node node = await Node.StartAsync();
        int loads = 0;
        node.AccountStore.BeforeLoad = () =>
        {
            Interlocked.Increment(ref loads);
            return Task.CompletedTask;
        };

        Assert.Null((await node.Partition.ProbeAsync(Token)).Refusal);
        Assert.Equal(0, Volatile.Read(ref loads));
        Assert.Equal(0, await node.PointsAsync(Given.Carol));
        Assert.Equal(1, Volatile.Read(ref loads));
    }

    [Fact]
    public async Task A_probe_detects_that_a_shared_journal_cannot_be_read()
    {
        await using Node node = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        Assert.Null((await node.Partition.ProbeAsync(Token)).Refusal);
        node.Journal.ReadsToFail = 1;
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.Partition.ProbeAsync(Token)).Refusal?.Code);
        Assert.False(node.Partition.Health.CanAppend);
        Assert.Null((await node.Partition.ProbeAsync(Token)).Refusal);
        Assert.True(node.Partition.Health.CanAppend);
    }

    [Fact]
    public async Task A_probe_reads_the_commits_of_other_processes()
    {
        await using Node node = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        await using (Node other = await Node.BesideAsync(node))
        {
            (await other.DoAsync(Given.Add(100))).Accepted();
        }

        Assert.Null((await node.Partition.ProbeAsync(Token)).Refusal);
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_failure_probes_alone_make_the_partition_ready_again(bool isShared)
    {
        FakeTimeProvider clock = new();
        await using Node node = await Node.StartAsync(new MemoryJournal(clock) { IsShared = isShared }, clock: clock, withReadModel: false);
        node.Journal.Script(AppendFault.FailBefore);
        node.Journal.ReadsToFail = 1;
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.DoAsync(Given.Add(100, day: -20_000))).Code());

        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.False(node.Partition.Health.IsReady);
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.Partition.ProbeAsync(Token)).Refusal?.Code);
        Assert.False(node.Partition.Health.IsReady);
        Assert.Null((await node.Partition.ProbeAsync(Token)).Refusal);
        Assert.True(node.Partition.Health.IsReady);
    }

    [Fact]
    public async Task A_stopped_partition_refuses_probes()
    {
        await using Node node = await Node.StartAsync();
        await node.Partition.StopAsync(Token);
        Assert.Equal(RefusalCode.ShuttingDown, (await node.Partition.ProbeAsync(Token)).Refusal?.Code);
    }
}

using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>The server stops and starts again.</summary>
public sealed class ServerOutageTests : IAsyncLifetime
{
    private PostgresCluster? _cluster;

    private PostgresCluster Cluster => _cluster ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync() => _cluster = await PostgresCluster.CreateAsync();

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    [Theory]
    [InlineData(StopMode.Fast)]
    [InlineData(StopMode.Immediate)]
    [InlineData(StopMode.Kill)]
    public async Task A_server_that_is_stopped_under_load_and_started_again_has_every_acknowledged_write_once(StopMode mode)
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(Cluster);
        using CancellationTokenSource ended = new();
        int[] counts = new int[8];
        Task<List<Receipt>>[] callers = [.. Enumerable.Range(0, counts.Length).Select(caller => WriteAsync(ledger, caller, counts, ended.Token))];
        for (int outage = 0; outage < 3; outage++)
        {
            await WaitUntilEachWroteAsync(counts);
            await Cluster.StopAsync(mode);
            long refusals = ledger.Refusals;
            await Eventually.TrueAsync(() => ledger.Refusals > refusals);
            await Cluster.StartAsync();
        }

        await WaitUntilEachWroteAsync(counts);
        await ended.CancelAsync();
        List<Receipt>[] taken = await Task.WhenAll(callers);
        await ledger.WaitUntilReadyAsync();

        Dictionary<string, int> keys = await ledger.CountKeysAsync();
        Assert.Equal(taken.Sum(receipts => receipts.Count), keys.Count);
        Assert.All(keys.Values, times => Assert.Equal(1, times));
        for (int caller = 0; caller < taken.Length; caller++)
        {
            Assert.True(taken[caller].Count > 3);
            await ledger.WaitForBalanceAsync($"account{caller}", taken[caller].Count);
        }
    }

    [Fact]
    public async Task While_the_server_is_down_every_request_is_refused_and_the_partition_is_not_ready()
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(Cluster);
        await ledger.AddUntilAcceptedAsync("a", 7, "before");
        await ledger.WaitUntilReadyAsync();
        await Cluster.StopAsync();

        Assert.True((await ledger.AddAsync("a", 1, "while")).IsRefused);
        Assert.Equal(RefusalCode.StorageUnavailable, (await ledger.BalanceAsync("a")).Refusal!.Code);
        Assert.Equal(RefusalCode.StorageUnavailable, (await ledger.BalanceAsync("never.loaded")).Refusal!.Code);
        Assert.False(ledger.Partition.Health.IsReady);

        await Cluster.StartAsync();
        await ledger.WaitUntilReadyAsync();
        await ledger.AddUntilAcceptedAsync("a", 1, "while");
        await ledger.WaitForBalanceAsync("a", 8);
    }

    [Fact]
    public async Task Requests_to_a_hanging_server_time_out_and_work_again_once_it_continues()
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(Cluster, "Command Timeout=2;Timeout=2");
        await ledger.AddUntilAcceptedAsync("a", 7, "before");
        await ledger.WaitUntilReadyAsync();
        Cluster.Suspend();
        Assert.True((await ledger.AddAsync("a", 1, "hanging")).IsRefused);
        Assert.True((await ledger.BalanceAsync("a")).IsRefused);
        Assert.False(ledger.Partition.Health.CanAppend);

        Cluster.Resume();
        await ledger.AddUntilAcceptedAsync("a", 1, "hanging");
        await ledger.WaitUntilReadyAsync();
        Assert.Equal(1, (await ledger.CountKeysAsync())["hanging"]);
        await ledger.WaitForBalanceAsync("a", 8);
    }

    /// <summary>Waits until each caller has received some more answers.</summary>
    private static Task WaitUntilEachWroteAsync(int[] counts)
    {
        int[] before = [.. counts];
        return Eventually.TrueAsync(
            () => Task.FromResult(counts.Index().All(caller => Volatile.Read(ref counts[caller.Index]) >= before[caller.Index] + 3)),
            TimeSpan.FromMinutes(2),
            () => $"Each caller has written 3 times more than {string.Join(", ", before)}; it was {string.Join(", ", counts)}.");
    }

    private static async Task<List<Receipt>> WriteAsync(RunningLedger ledger, int caller, int[] counts, CancellationToken ended)
    {
        List<Receipt> taken = [];
        while (!ended.IsCancellationRequested)
        {
            taken.Add(await ledger.AddUntilAcceptedAsync($"account{caller}", 1, $"{caller}.{taken.Count}"));
            Interlocked.Increment(ref counts[caller]);
        }

        return taken;
    }
}

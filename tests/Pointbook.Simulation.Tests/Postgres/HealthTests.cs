using System.Diagnostics;
using System.Net;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>What a server reports about its health, and answers its clients, while its database is stopped, hangs, and comes back.</summary>
public sealed class HealthTests : IAsyncLifetime
{
    // Probes of readiness are frequent and do not wait for long.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private PostgresCluster? _cluster;
    private ServerNode? _server;

    private PostgresCluster Cluster => _cluster ?? throw new InvalidOperationException("The test has not begun.");

    private ServerNode Server => _server ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgresCluster.CreateAsync();
        _server = new ServerNode("A", [await _cluster.CreateDatabaseAsync()], _directory.FullName, "--Storage:Partitions", "4");
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Cluster.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Readiness_and_replies_are_correct_while_the_database_is_stopped()
    {
        await AssertServesAsync(expectedPoints: 1);
        await Cluster.StopAsync(StopMode.Fast);
        await AssertDoesNotServeAsync();

        await Cluster.StartAsync();
        await WaitUntilReadyAsync();
        await AssertServesAsync(expectedPoints: 2);
        Assert.Contains(Server.Process.Log, line => line.Contains("The server can read the head of the journal again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Readiness_and_replies_are_correct_while_the_database_hangs()
    {
        await AssertServesAsync(expectedPoints: 1);
        Cluster.Suspend();
        try
        {
            await AssertIsNotReadyAsync();
            Assert.Equal("Live", (await Server.Client.GetAsync("/health/live")).Body);
        }
        finally
        {
            Cluster.Resume();
        }

        await WaitUntilReadyAsync();
        await AssertServesAsync(expectedPoints: 2);
    }

    private async Task AssertServesAsync(long expectedPoints)
    {
        Assert.Equal(HttpStatusCode.OK, (await Server.Client.GetAsync("/health/ready")).Status);
        Assert.True((await Server.Client.AddAsync("shopper", "DANNON", 1, "2020-10-31T10:00:00Z")).IsDone);
        Assert.Equal([new KeyValuePair<string, long>("DANNON", expectedPoints)], await Server.Client.BalanceAsync("shopper"));
    }

    private async Task AssertDoesNotServeAsync()
    {
        Reply add = await Server.Client.AddAsync("shopper", "DANNON", 1, "2020-10-31T10:00:00Z");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, add.Status);
        Assert.True(add.Code is "storage_unavailable" or "outcome_unknown" or "keys_unavailable", add.ToString());
        Reply balance = await Server.Client.ReadBalanceReplyAsync("shopper");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, balance.Status);
        Assert.True(balance.Code is "storage_unavailable" or "keys_unavailable", balance.ToString());
        await AssertIsNotReadyAsync();
        Assert.Equal("Live", (await Server.Client.GetAsync("/health/live")).Body);
    }

    private async Task AssertIsNotReadyAsync()
    {
        // The server repeats an earlier answer for up to a second.
        await Eventually.TrueAsync(
            async () => (await Server.Client.GetAsync("/health/ready")).Status == HttpStatusCode.ServiceUnavailable,
            AnswerMax,
            () => $"The server still says that it is ready.\n{Server}");
        long asked = Stopwatch.GetTimestamp();
        Reply ready = await Server.Client.GetAsync("/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not_ready"), (ready.Status, ready.Code));
        Assert.True(Stopwatch.GetElapsedTime(asked) < AnswerMax, "The answer took too long.");
    }

    private Task WaitUntilReadyAsync() => Eventually.TrueAsync(
        async () => (await Server.Client.GetAsync("/health/ready")).Status == HttpStatusCode.OK,
        TimeSpan.FromSeconds(60),
        () => $"The server does not become ready again.\n{Server}");
}

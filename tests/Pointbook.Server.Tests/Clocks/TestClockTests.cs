using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.Server.Clocks;
using Pointbook.Server.Hosting;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Clocks;

public sealed class TestClockTests : IDisposable
{
    private const int JournalDamaged = 1050;
    private const string Route = "/v1/test/clock";
    private const string Option = "--Testing:Clock=true";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-clock-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Holds_end_points_expire_and_statements_close_by_the_test_clock()
    {
        await using ClockedServer server = await StartAsync();
        await SetAsync(server, "2027-03-10T00:00:00Z");
        (await server.AddAsync("anna", 500, "2027-03-09T00:00:00Z", "2027-04-10T00:00:00Z")).AssertIs(201);
        (await server.PostAsync("/v1/accounts/anna/spends", """{"points":100,"hold":"PT1H"}""")).AssertIs(201);
        Assert.Equal(400, await server.PointsAsync("anna"));
        // The test clock continues between the requests.
        await SetAsync(server, "2027-03-10T02:00:00Z");
        Assert.Equal(500, await server.PointsAsync("anna"));
        await SetAsync(server, "2027-05-01T00:00:00Z");
        Assert.Equal(0, await server.PointsAsync("anna"));
        Reply statement = (await server.GetAsync("/v1/statement?payer=SHOP&from=2027-03-01&to=2027-05-01")).AssertIs(200);
        Assert.Contains("\"credited\":500", statement.Body, StringComparison.Ordinal);
        Assert.Equal(2027, (await server.AddAsync("anna", 1, "2027-04-01T00:00:00Z")).AssertIs(201).Transaction.RecordedAt.Year);
    }

    [Fact]
    public async Task The_test_clock_can_be_set_back_until_something_is_committed()
    {
        await using ClockedServer server = await StartAsync();
        (await server.GetAsync("/balance")).AssertIs(200);
        await SetAsync(server, "2021-03-10T00:00:00Z");
        Assert.Equal(2021, (await server.AddAsync("anna", 1, "2021-03-09T00:00:00Z")).AssertIs(201).Transaction.RecordedAt.Year);
    }

    [Fact]
    public async Task The_test_clock_cannot_be_set_before_the_last_commit()
    {
        await using ClockedServer server = await StartAsync();
        await SetAsync(server, "2027-03-10T00:00:00Z");
        DateTimeOffset recordedAt = (await server.AddAsync("anna", 1, "2027-03-09T00:00:00Z")).AssertIs(201).Transaction.RecordedAt;
        Reply refused = (await PostAsync(server, "2027-03-09T23:59:59Z")).AssertIs(422, "clock_not_set");
        Assert.Contains($"Send {Rfc3339.Format(recordedAt)} or a later time", refused.Problem.Detail, StringComparison.Ordinal);
        await SetAsync(server, Rfc3339.Format(recordedAt));
        (await PostAsync(server, "9999-01-01T00:00:00Z")).AssertIs(422, "clock_not_set");
    }

    [Fact]
    public async Task A_commit_while_the_test_clock_is_set_back_is_not_behind_it()
    {
        TestClock wall = new(SystemUptime.Read);
        using ClockGuard guard = new(wall, SystemUptime.Read, new ClockOptions(), NullLogger.Instance);
        using ServerClock clock = new(guard, wall, Options.Create(new TestingOptions { Clock = true }));
        DateTimeOffset committed = new(2030, 3, 10, 0, 0, 0, TimeSpan.Zero);
        ScriptedFeed feed = new();
        Task CommitAsync(CancellationToken cancellationToken)
        {
            feed.Last = Instant.FromDateTimeOffset(committed);
            return Task.CompletedTask;
        }

        Assert.Equal(Instant.FromDateTimeOffset(committed), await clock.SetAsync(feed, CommitAsync, committed.AddDays(-1), CancellationToken.None));
        Assert.InRange(guard.GetUtcNow(), committed, committed.AddHours(1));
    }

    [Fact]
    public async Task The_test_clock_is_set_by_one_request_at_a_time()
    {
        TestClock wall = new(SystemUptime.Read);
        using ClockGuard guard = new(wall, SystemUptime.Read, new ClockOptions(), NullLogger.Instance);
        using ServerClock clock = new(guard, wall, Options.Create(new TestingOptions { Clock = true }));
        DateTimeOffset now = new(2030, 3, 10, 0, 0, 0, TimeSpan.Zero);
        TaskCompletionSource settled = new();
        ScriptedFeed feed = new();
        Task<Instant?> first = clock.SetAsync(feed, _ => settled.Task, now, CancellationToken.None);
        Task<Instant?> second = clock.SetAsync(feed, _ => Task.CompletedTask, now.AddYears(1), CancellationToken.None);
        Assert.InRange(guard.GetUtcNow(), now, now.AddHours(1));
        settled.SetResult();
        Assert.Null(await first);
        Assert.Null(await second);
        Assert.InRange(guard.GetUtcNow(), now.AddYears(1), now.AddYears(1).AddHours(1));
    }

    [Fact]
    public async Task A_damaged_head_found_by_the_test_clock_is_reported_and_fails_readiness()
    {
        await using ClockedServer server = await StartAsync();
        await SetAsync(server, "2027-03-10T00:00:00Z");
        (await server.AddAsync("anna", 1, "2027-03-09T00:00:00Z")).AssertIs(201);
        (await server.GetAsync("/health/ready")).AssertIs(200);
        using (SqliteConnection connection = new($"Data Source={Path.Combine(_directory.FullName, "pointbook.db")};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE journal_commit SET decided_at = 9223372036854775807";
            command.ExecuteNonQuery();
        }

        (await PostAsync(server, "2027-05-01T00:00:00Z")).AssertIs(503, "journal_damaged");
        (await server.GetAsync("/v1/journal")).AssertIs(503, "journal_damaged");
        Assert.Contains("at entries 1 to 1 (commit ", Assert.Single(server.Log.Of(JournalDamaged)).Text, StringComparison.Ordinal);
        (await server.GetAsync("/health/ready")).AssertIs(503);
    }

    [Fact]
    public async Task The_sweeper_notices_at_once_that_the_clock_was_set()
    {
        await using ClockedServer server = await StartAsync("--Sweeper:Interval", "1.00:00:00");
        await SetAsync(server, "2027-03-10T00:00:00Z");
        (await server.AddAsync("anna", 500, "2027-03-09T00:00:00Z", "2027-04-10T00:00:00Z")).AssertIs(201);
        await SetAsync(server, "2027-05-01T00:00:00Z");
        await Eventually.TrueAsync(async () =>
            (await server.GetAsync("/v1/journal/0")).AssertIs(200).Body.Contains("\"expiry\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_a_restart_the_test_clock_continues_from_the_last_commit()
    {
        await using (ClockedServer server = await StartAsync())
        {
            await SetAsync(server, "2021-03-10T00:00:00Z");
            (await server.AddAsync("anna", 500, "2021-03-09T00:00:00Z", "2021-04-10T00:00:00Z")).AssertIs(201);
        }

        await using ClockedServer again = await StartAsync();
        Assert.Equal(500, await again.PointsAsync("anna"));
        Assert.Equal(2021, (await again.AddAsync("anna", 1, "2021-03-09T00:00:00Z")).AssertIs(201).Transaction.RecordedAt.Year);
    }

    [Fact]
    public async Task The_test_clock_route_exists_only_with_the_option()
    {
        await using ClockedServer server = await ClockedServer.StartAsync(_directory.FullName, null);
        (await PostAsync(server, "2027-03-10T00:00:00Z")).AssertIs(404, "not_found");
    }

    [Fact]
    public async Task A_store_used_without_a_test_clock_is_not_served_with_one()
    {
        await (await ClockedServer.StartAsync(_directory.FullName, null)).DisposeAsync();
        StartRefusedException refused = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync());
        Assert.StartsWith("The store was used without Testing:Clock", refused.Message, StringComparison.Ordinal);
        await using ClockedServer server = await ClockedServer.StartAsync(_directory.FullName, null);
        (await server.GetAsync("/health/ready")).AssertIs(200);
    }

    [Fact]
    public async Task A_store_used_with_a_test_clock_is_not_served_without_one()
    {
        await (await StartAsync()).DisposeAsync();
        StartRefusedException refused = await Assert.ThrowsAsync<StartRefusedException>(() => ClockedServer.StartAsync(_directory.FullName, null));
        Assert.StartsWith("The store was used with Testing:Clock", refused.Message, StringComparison.Ordinal);
        await using ClockedServer server = await StartAsync();
        await SetAsync(server, "2027-03-10T00:00:00Z");
    }

    [Fact]
    public async Task Setting_and_confirming_need_the_scope_admin()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, Option);
        string admin = await server.CreateKeyAsync("admin", Scopes.Admin);
        string other = await server.CreateKeyAsync("other", Scopes.All & ~Scopes.Admin);
        const string Body = """{"now":"2030-03-10T00:00:00Z"}""";
        foreach (string path in new[] { Route, "/v1/clock/confirmation" })
        {
            (await server.PostAsync(path, Body)).AssertIs(401, "missing_key");
            (await server.PostAsync(path, Body, ("Authorization", $"Bearer {other}"))).AssertIs(403, "missing_scope");
            (await server.PostAsync(path, Body, ("Authorization", $"Bearer {admin}"))).AssertIs(200);
        }
    }

    private static async Task SetAsync(ClockedServer server, string now) => (await PostAsync(server, now)).AssertIs(200);

    private static Task<Reply> PostAsync(ClockedServer server, string now) => server.PostAsync(Route, $$"""{"now":"{{now}}"}""");

    private Task<ClockedServer> StartAsync(params string[] args) => ClockedServer.StartAsync(_directory.FullName, null, [Option, .. args]);

    /// <summary>A journal whose last commit has the time that a test sets.</summary>
    private sealed class ScriptedFeed : IJournalFeed
    {
        public Instant Last { get; set; } = Instant.MinValue;

        public int PartitionCount => 1;

        public ValueTask<JournalHead> ReadHeadAsync(int partition, CancellationToken cancellationToken) =>
            new(new JournalHead(new Sequence(1), default, new CommitTime(Last, Last)));

        public IAsyncEnumerable<Commit> ReadCommitsAsync(int partition, Sequence after, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}

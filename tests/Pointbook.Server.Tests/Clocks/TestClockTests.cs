using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Hosting;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Clocks;

public sealed class TestClockTests : IDisposable
{
    private const string Route = "/v1/test/clock";
    private const string Option = "--Testing:Clock=true";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-clock-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Holds_end_points_expire_and_statements_close_by_the_test_clock()
    {
        await using ClockedServer server = await StartAsync();
        await SetAsync(server, "2027-03-10T00:00:00Z");
        (await server.AddAsync("anna", 500, "2027-03-09T00:00:00Z", "2027-04-10T00:00:00Z")).MustBe(201);
        (await server.PostAsync("/v1/accounts/anna/spends", """{"points":100,"hold":"PT1H"}""")).MustBe(201);
        Assert.Equal(400, await server.PointsAsync("anna"));
        await SetAsync(server, "2027-03-10T01:00:01Z");
        Assert.Equal(500, await server.PointsAsync("anna"));
        await SetAsync(server, "2027-05-01T00:00:00Z");
        Assert.Equal(0, await server.PointsAsync("anna"));
        Reply statement = (await server.GetAsync("/v1/statement?payer=SHOP&from=2027-03-01&to=2027-05-01")).MustBe(200);
        Assert.Contains("\"credited\":500", statement.Body, StringComparison.Ordinal);
        Assert.Equal(2027, (await server.AddAsync("anna", 1, "2027-04-01T00:00:00Z")).MustBe(201).Transaction.RecordedAt.Year);
    }

    [Fact]
    public async Task It_may_be_set_back_while_nothing_is_committed_and_answers_before_do_not_count()
    {
        await using ClockedServer server = await StartAsync();
        (await server.GetAsync("/balance")).MustBe(200);
        await SetAsync(server, "2021-03-10T00:00:00Z");
        Assert.Equal(2021, (await server.AddAsync("anna", 1, "2021-03-09T00:00:00Z")).MustBe(201).Transaction.RecordedAt.Year);
    }

    [Fact]
    public async Task It_is_not_set_before_the_last_commit()
    {
        await using ClockedServer server = await StartAsync();
        await SetAsync(server, "2027-03-10T00:00:00Z");
        DateTimeOffset recordedAt = (await server.AddAsync("anna", 1, "2027-03-09T00:00:00Z")).MustBe(201).Transaction.RecordedAt;
        Reply refused = (await PostAsync(server, "2027-03-09T23:59:59Z")).MustBe(422, "clock_not_set");
        Assert.Contains($"send {Rfc3339.Format(recordedAt)} or a later time", refused.Problem.Detail, StringComparison.Ordinal);
        await SetAsync(server, Rfc3339.Format(recordedAt));
        (await PostAsync(server, "9999-01-01T00:00:00Z")).MustBe(422, "clock_not_set");
    }

    [Fact]
    public async Task The_sweeper_notices_at_once_that_the_clock_was_set()
    {
        await using ClockedServer server = await StartAsync("--Sweeper:Interval", "1.00:00:00");
        await SetAsync(server, "2027-03-10T00:00:00Z");
        (await server.AddAsync("anna", 500, "2027-03-09T00:00:00Z", "2027-04-10T00:00:00Z")).MustBe(201);
        await SetAsync(server, "2027-05-01T00:00:00Z");
        await Eventually.TrueAsync(async () =>
            (await server.GetAsync("/v1/journal/0")).MustBe(200).Body.Contains("\"expiry\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_restart_goes_on_from_the_last_commit_however_long_it_takes()
    {
        await using (ClockedServer server = await StartAsync())
        {
            await SetAsync(server, "2021-03-10T00:00:00Z");
            (await server.AddAsync("anna", 500, "2021-03-09T00:00:00Z", "2021-04-10T00:00:00Z")).MustBe(201);
        }

        await using ClockedServer again = await StartAsync();
        Assert.Equal(500, await again.PointsAsync("anna"));
        Assert.Equal(2021, (await again.AddAsync("anna", 1, "2021-03-09T00:00:00Z")).MustBe(201).Transaction.RecordedAt.Year);
    }

    [Fact]
    public async Task The_route_exists_only_with_the_option()
    {
        await using ClockedServer server = await ClockedServer.StartAsync(_directory.FullName, null);
        (await PostAsync(server, "2027-03-10T00:00:00Z")).MustBe(404, "not_found");
    }

    [Fact]
    public async Task A_store_that_was_used_without_it_refuses_it()
    {
        await (await ClockedServer.StartAsync(_directory.FullName, null)).DisposeAsync();
        StartRefusedException refused = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync());
        Assert.StartsWith("The store was used without Testing:Clock", refused.Message, StringComparison.Ordinal);
        await using ClockedServer server = await ClockedServer.StartAsync(_directory.FullName, null);
        (await server.GetAsync("/health/ready")).MustBe(200);
    }

    [Fact]
    public async Task A_store_that_was_used_with_it_is_not_served_without_it()
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
            (await server.PostAsync(path, Body)).MustBe(401, "missing_key");
            (await server.PostAsync(path, Body, ("Authorization", $"Bearer {other}"))).MustBe(403, "missing_scope");
            (await server.PostAsync(path, Body, ("Authorization", $"Bearer {admin}"))).MustBe(200);
        }
    }

    private static async Task SetAsync(ClockedServer server, string now) => (await PostAsync(server, now)).MustBe(200);

    private static Task<Reply> PostAsync(ClockedServer server, string now) => server.PostAsync(Route, $$"""{"now":"{{now}}"}""");

    private Task<ClockedServer> StartAsync(params string[] args) => ClockedServer.StartAsync(_directory.FullName, null, [Option, .. args]);
}

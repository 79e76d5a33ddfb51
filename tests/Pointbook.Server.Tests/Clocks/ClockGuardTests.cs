using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Clocks;

/// <summary>The wall clock of a running server jumps, or the server starts long after its last commit.</summary>
public sealed class ClockGuardTests : IDisposable
{
    private const string Confirmation = "/v1/clock/confirmation";
    private const int ClockJumped = 1031;
    private const int ClockUnconfirmed = 1033;
    private const int ClockConfirmed = 3050;
    private static readonly DateTimeOffset Start = new(2027, 3, 10, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan TwoYears = TimeSpan.FromDays(731);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-clock-");
    private readonly ShiftedClock _wall = new(Start);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_clock_that_jumps_two_years_ahead_expires_no_points_and_is_reported()
    {
        await using ClockedServer server = await StartAsync("--Expiry:After", "P1Y");
        (await server.AddAsync("anna", 500, "2027-03-01T00:00:00Z")).AssertIs(201);
        _wall.Advance(TwoYears);
        Reply refused = (await server.AddAsync("carl", 1, "2027-03-01T00:00:00Z")).AssertIs(503, "clock_unreliable");
        Assert.Equal("5", refused.Header("Retry-After"));
        Assert.Contains($"POST {Confirmation}", (await server.GetAsync("/health/ready")).AssertIs(503, "not_ready").Problem.Detail, StringComparison.Ordinal);
        Assert.Equal(500, await server.PointsAsync("anna"));

        _wall.Advance(-TwoYears);
        (await server.GetAsync("/health/ready")).AssertIs(200);
        Assert.Equal(500, await server.PointsAsync("anna"));
        Assert.Equal(2027, (await server.AddAsync("dora", 500, "2027-03-09T00:00:00Z")).AssertIs(201).Transaction.RecordedAt.Year);
        Assert.Equal(500, await server.PointsAsync("dora"));
        Assert.Single(server.Log.Of(ClockJumped));
    }

    [Fact]
    public async Task Confirming_the_right_time_ends_the_alarm_and_confirming_another_time_does_not()
    {
        await using ClockedServer server = await StartAsync();
        _wall.Advance(TimeSpan.FromDays(1));
        (await server.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(503, "clock_unreliable");
        Reply refused = (await server.PostAsync(Confirmation, """{"now":"2027-03-10T00:00:00Z"}""")).AssertIs(409, "clock_not_confirmed");
        Assert.Contains("the server's clock shows 2027-03-11T00:0", refused.Problem.Detail, StringComparison.Ordinal);
        (await server.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(503, "clock_unreliable");

        Reply confirmed = (await server.PostAsync(Confirmation, """{"now":"2027-03-11T00:01:00Z"}""")).AssertIs(200);
        Assert.InRange(confirmed.As(ReplyJson.Default.ClockReply).Now, Start.AddDays(1), Start.AddDays(1).AddMinutes(1));
        Assert.InRange((await server.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(201).Transaction.RecordedAt, Start.AddDays(1), Start.AddDays(1).AddMinutes(1));
        Assert.Single(server.Log.Of(ClockConfirmed));
    }

    [Theory]
    [InlineData("{}", "missing_member")]
    [InlineData("""{"now":"tomorrow"}""", "invalid_timestamp")]
    [InlineData("""{"now":1}""", "wrong_type")]
    [InlineData("""{"now":"2027-03-10T00:00:00Z","sure":true}""", "unknown_member")]
    public async Task A_confirmation_must_contain_exactly_a_time(string body, string code)
    {
        await using ClockedServer server = await StartAsync();
        (await server.PostAsync(Confirmation, body)).AssertIs(400, code);
    }

    [Fact]
    public async Task A_start_long_after_the_last_commit_writes_nothing_until_it_is_confirmed_once()
    {
        await using (ClockedServer first = await StartAsync())
        {
            (await first.AddAsync("anna", 500, "2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z")).AssertIs(201);
        }

        _wall.Advance(TimeSpan.FromDays(91));
        await using (ClockedServer late = await StartAsync())
        {
            (await late.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(503, "clock_unreliable");
            Assert.Contains("Clock:GapMax", (await late.GetAsync("/health/ready")).AssertIs(503, "not_ready").Problem.Detail, StringComparison.Ordinal);
            Assert.Contains("an operator confirms the clock", Assert.Single(late.Log.Of(ClockUnconfirmed)).Text, StringComparison.Ordinal);
            Assert.Equal(500, await late.PointsAsync("anna"));

            (await late.PostAsync(Confirmation, $$"""{"now":"{{Rfc3339.Format(_wall.GetUtcNow())}}"}""")).AssertIs(200);
            (await late.GetAsync("/health/ready")).AssertIs(200);
            Assert.Equal(0, await late.PointsAsync("anna"));
            (await late.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(201);
        }

        await using ClockedServer again = await StartAsync();
        (await again.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(201);
    }

    [Fact]
    public async Task The_gap_is_an_option()
    {
        await using (ClockedServer first = await StartAsync())
        {
            (await first.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(201);
        }

        _wall.Advance(TimeSpan.FromHours(2));
        await using ClockedServer late = await StartAsync("--Clock:GapMax", "01:00:00");
        (await late.AddAsync("anna", 1, "2027-03-01T00:00:00Z")).AssertIs(503, "clock_unreliable");
    }

    [Fact]
    public async Task A_gap_out_of_range_is_rejected_at_the_start() =>
        Assert.Equal("Clock:GapMax must be between 01:00:00 and 36500 days.", await RefusedStart.RunAsync("--Clock:GapMax", "00:59:59"));

    [Fact]
    public async Task A_start_with_a_clock_behind_the_last_commit_delays_nothing()
    {
        await using (ClockedServer first = await StartAsync())
        {
            (await first.AddAsync("anna", 500, "2027-03-01T00:00:00Z")).AssertIs(201);
        }

        _wall.Advance(-TwoYears);
        await using ClockedServer behind = await StartAsync();
        (await behind.PostAsync("/v1/accounts/anna/spends", """{"points":400,"hold":"PT1S"}""")).AssertIs(201);
        _wall.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(500, await behind.PointsAsync("anna"));
    }

    [Fact]
    public async Task The_feed_contains_the_decision_time_of_a_commit()
    {
        await using (ClockedServer first = await StartAsync())
        {
            (await first.AddAsync("anna", 500, "2027-03-01T00:00:00Z")).AssertIs(201);
        }

        _wall.Advance(-TwoYears);
        await using ClockedServer behind = await StartAsync();
        (await behind.AddAsync("anna", 1, "2025-03-01T00:00:00Z")).AssertIs(201);
        JournalCommit[] commits =
        [
            .. (await behind.GetAsync("/v1/journal/0")).AssertIs(200).Body.Split('\n').Where(line => line.Contains("\"commit\"", StringComparison.Ordinal))
                .Select(line => System.Text.Json.JsonSerializer.Deserialize(line, ReplyJson.Default.JournalCommit)!),
        ];
        Assert.Equal(commits[0].RecordedAt, commits[0].DecidedAt);
        Assert.Equal(commits[0].RecordedAt.AddMicroseconds(1), commits[1].RecordedAt);
        Assert.InRange(commits[1].DecidedAt, Start - TwoYears, Start - TwoYears + TimeSpan.FromMinutes(1));
    }

    private Task<ClockedServer> StartAsync(params string[] args) => ClockedServer.StartAsync(_directory.FullName, _wall, args);
}

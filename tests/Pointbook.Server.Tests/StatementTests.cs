using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>GET /v1/statement</c>.</summary>
public sealed class StatementTests
{
    private static readonly DateTimeOffset Start = new(2030, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_statement_adds_up_both_ways_and_never_changes()
    {
        ShiftedClock clock = new(Start);
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        await FillAsync(server, clock);

        Reply reply = (await server.GetAsync("/v1/statement?payer=DANNON&from=2030-11-02&to=2030-11-03")).AssertIs(200);
        Assert.Equal("application/json", reply.ContentType);
        Statement statement = reply.As(ReplyJson.Default.Statement);
        Assert.Equal(("DANNON", new DateOnly(2030, 11, 2), new DateOnly(2030, 11, 3)), (statement.Payer, statement.From, statement.To));
        Assert.Equal([1000, 500, 200, 300, 100, 1100], [statement.Opening, statement.Credited, statement.Deducted, statement.Spent, statement.Returned, statement.Closing]);
        Assert.Equal([0, 0, 0], [statement.Expired, statement.Flushed, statement.Restored]);
        Assert.Equal(new LateFlows(500, 0), statement.Late);
        Assert.True(statement.AddsUp);
        Assert.Equal(statement.Closing, statement.Ageing.Aggregate(Int128.Zero, (sum, band) => sum + band.Points) - statement.UnpaidDeductions);
        Assert.Equal([(0, 90), (91, 180), (181, 365), (366, (int?)null)], statement.Ageing.Select(band => (band.FromDays, band.ToDays)));

        await new AccountClient(server).AddAsync("DANNON", 7, "2030-11-02T00:00:00Z");
        Assert.Equal(reply.Body, (await server.GetAsync("/v1/statement?to=2030-11-03&from=2030-11-02&payer=DANNON")).AssertIs(200).Body);
    }

    [Fact]
    public async Task Consecutive_periods_add_up_to_the_whole_period()
    {
        ShiftedClock clock = new(Start);
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        await FillAsync(server, clock);
        Statement first = await ReadAsync(server, "2030-11-01", "2030-11-02");
        Statement second = await ReadAsync(server, "2030-11-02", "2030-11-03");
        Statement whole = await ReadAsync(server, "2030-11-01", "2030-11-03");
        Assert.Equal(first.Closing, second.Opening);
        Assert.Equal(whole.Credited, first.Credited + second.Credited);
        Assert.Equal(whole.Spent, first.Spent + second.Spent);
        Assert.Equal(whole.Closing, second.Closing);
        Assert.All([first, second, whole], statement => Assert.True(statement.AddsUp));
        Assert.Equal(0, (await ReadAsync(server, "0001-01-01", "2030-11-01")).Closing);
    }

    [Fact]
    public async Task A_statement_in_CSV_is_a_table_with_one_row()
    {
        ShiftedClock clock = new(Start);
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        await FillAsync(server, clock);
        Reply reply = (await GetAsync(server, "payer=DANNON&from=2030-11-02&to=2030-11-03", "text/csv")).AssertIs(200);
        Assert.Equal("text/csv; charset=utf-8; header=present", reply.Header("Content-Type"));
        Assert.Equal(
            "payer,from,to,opening,credited,deducted,spent,returned,expired,flushed,restored,closing,addsUp,lateCredited,lateDeducted,"
            + "ageing0To90Days,ageing91To180Days,ageing181To365Days,ageingFrom366Days,unpaidDeductions,due,expiring30Days,expiring90Days\r\n"
            + "DANNON,2030-11-02,2030-11-03,1000,500,200,300,100,0,0,0,1100,true,500,0,800,0,0,500,200,0,0,0\r\n",
            reply.Body);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+49", "'+49")]
    [InlineData("-5", "'-5")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("＝1", "'＝1")]
    [InlineData("'quoted", "''quoted")]
    [InlineData("A=1", "A=1")]
    [InlineData("Smith, \"Inc\"", "\"Smith, \"\"Inc\"\"\"")]
    [InlineData("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\"")]
    public async Task A_payer_is_never_a_formula_in_a_spreadsheet(string payer, string field)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply reply = (await GetAsync(server, $"payer={Uri.EscapeDataString(payer)}&from=2020-01-01&to=2020-01-02", "text/csv")).AssertIs(200);
        Assert.StartsWith(field + ",2020-01-01,2020-01-02,0,", reply.Body.Split("\r\n")[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("text/*", "text/csv")]
    [InlineData("text/csv, application/json", "application/json")]
    [InlineData("text/csv, application/json;q=0.9", "text/csv")]
    [InlineData("text/html, */*;q=0.1, text/csv;q=0.2", "text/csv")]
    [InlineData("application/json;q=0, */*", "text/csv")]
    [InlineData("TEXT/CSV", "text/csv")]
    [InlineData("text/html", null)]
    [InlineData("text/csv;q=0", null)]
    [InlineData("nonsense", null)]
    public async Task Accept_chooses_between_JSON_and_CSV(string? accept, string? mediaType)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply reply = await GetAsync(server, "payer=A&from=2020-01-01&to=2020-01-02", accept);
        if (mediaType is null)
        {
            Assert.Equal("Accept", reply.AssertIs(406, "not_acceptable").Problem.Member);
        }
        else
        {
            Assert.Equal(mediaType, reply.AssertIs(200).ContentType);
        }
    }

    [Fact]
    public async Task An_unfinished_period_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAtAsync(new ShiftedClock(Start));
        (await server.GetAsync("/v1/statement?payer=A&from=2030-10-01&to=2030-11-01")).AssertIs(200);
        foreach (string to in (string[])["2030-11-02", "9999-12-31"])
        {
            Assert.Equal("to", (await server.GetAsync($"/v1/statement?payer=A&from=2030-10-01&to={to}")).AssertIs(422, "period_open").Problem.Member);
        }
    }

    [Theory]
    [InlineData("from=2020-01-01&to=2020-01-02", "invalid_parameter", "payer")]
    [InlineData("payer=A&to=2020-01-02", "invalid_parameter", "from")]
    [InlineData("payer=A&from=2020-01-01", "invalid_parameter", "to")]
    [InlineData("payer=&from=2020-01-01&to=2020-01-02", "invalid_parameter", "payer")]
    [InlineData("payer=A&from=2020-01-02&to=2020-01-02", "invalid_parameter", "to")]
    [InlineData("payer=A&from=2020-01-03&to=2020-01-02", "invalid_parameter", "to")]
    [InlineData("payer=A&from=2020-1-1&to=2020-01-02", "invalid_parameter", "from")]
    [InlineData("payer=A&from=2020-01-01T00:00:00Z&to=2020-01-02", "invalid_parameter", "from")]
    [InlineData("payer=A&from=2020-01-01%00&to=2020-01-02", "invalid_parameter", "from")]
    [InlineData("payer=A&from=2020-02-30&to=2020-03-02", "invalid_parameter", "from")]
    [InlineData("payer=A&from=2020-01-01&to=%202020-01-02", "invalid_parameter", "to")]
    [InlineData("payer=A&from=2020-01-01&to=2020-01-02&to=2020-01-02", "invalid_parameter", "to")]
    [InlineData("payer=A&from=2020-01-01&to=2020-01-02&format=csv", "unknown_parameter", "format")]
    public async Task An_invalid_parameter_is_refused_by_name(string query, string code, string member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(member, (await server.GetAsync("/v1/statement?" + query)).AssertIs(400, code).Problem.Member);
    }

    /// <summary>Adds on the first day. Adds late, deducts, spends and reverses on the second day. Ends on the third day.</summary>
    private static async Task FillAsync(RunningServer server, ShiftedClock clock)
    {
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 1000, "2030-11-01T10:00:00Z");
        await new AccountClient(server, "bob").AddAsync("UNILEVER", 1000, "2030-11-01T10:00:00Z");
        clock.Advance(TimeSpan.FromDays(1));
        await alice.SpendAsync(200);
        Spend spend = await alice.SpendAsync(100);
        (await alice.PostAsync($"/spends/{spend.Id}/reversal")).AssertIs(201);
        await alice.AddAsync("DANNON", 500, "2029-01-01T00:00:00Z");
        await alice.AddAsync("DANNON", -200, "2030-11-02T10:00:00Z");
        clock.Advance(TimeSpan.FromDays(1));
    }

    private static async Task<Statement> ReadAsync(RunningServer server, string from, string to) =>
        (await server.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/statement?payer=DANNON&from={from}&to={to}"))).AssertIs(200).As(ReplyJson.Default.Statement);

    private static Task<Reply> GetAsync(RunningServer server, string query, string? accept)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/v1/statement?" + query);
        if (accept is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        }

        return server.SendAsync(request);
    }
}

using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>GET …/transactions</c>, <c>…/transactions/{id}</c> and <c>…/archive</c>.</summary>
public sealed class TransactionHistoryTests
{
    [Fact]
    public async Task A_transaction_can_be_read_at_its_Location()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply added = (await server.PostAsync(
            "/v1/accounts/shop:7@x/transactions",
            """
            {"payer":"DANNON","points":300,"timestamp":"2020-10-31T10:00:00Z","expiresAt":"2120-10-31T12:00:00+02:00","reference":"R-7","reason":"Grüße \ud83d\ude00"}
            """)).AssertIs(201);
        Transaction transaction = added.Transaction;
        Assert.Equal(
            $$"""{"id":"{{transaction.Id}}","account":"shop:7@x","kind":"credit","payer":"DANNON","points":300,"balanceAfter":300,"timestamp":"2020-10-31T10:00:00Z","expiresAt":"2120-10-31T10:00:00Z","recordedAt":"{{Rfc3339.Format(transaction.RecordedAt)}}","reference":"R-7","reason":"Grüße 😀"}""",
            System.Text.RegularExpressions.Regex.Unescape(added.Body));
        Assert.Equal(added.Body, (await server.GetAsync(added.Header("Location")!)).AssertIs(200).Body);
    }

    [Fact]
    public async Task The_history_lists_every_operation_newest_first()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction credit = await alice.AddAsync("DANNON", 300);
        Transaction deduction = await alice.AddAsync("DANNON", -50);
        Transaction unilever = await alice.AddAsync("UNILEVER", 100, "2020-11-01T10:00:00Z");
        Spend spend = await alice.SpendAsync(300, ""","reference":"order 1" """);
        (await alice.PostAsync($"/spends/{spend.Id}/reversal")).AssertIs(201);
        Spend held = await alice.SpendAsync(10, ""","hold":"PT1H" """);
        (await alice.PostAsync($"/spends/{held.Id}/capture")).AssertIs(201);
        Flush flush = await alice.FlushAsync();
        (await alice.PostAsync($"/flushes/{flush.Id}/restore")).AssertIs(201);

        IReadOnlyList<Transaction> items = (await alice.HistoryAsync()).Items;
        Assert.Equal(["restore", "flush", "capture", "spend", "reversal", "spend", "credit", "deduction", "credit"], items.Select(item => item.Kind));
        Assert.Equal([340, -340, 0, -10, 300, -300, 100, -50, 300], items.Select(item => item.Points));
        Assert.Equal([flush.Id, null, held.Id, null, spend.Id, null, null, null, null], items.Select(item => item.SubjectId));
        Assert.Equal([new PayerChange("DANNON", -250), new PayerChange("UNILEVER", -50)], items[5].Payers!);
        Assert.Equal([new PayerChange("DANNON", 250), new PayerChange("UNILEVER", 50)], items[4].Payers!);
        Assert.Equal([new PayerChange("DANNON", -240), new PayerChange("UNILEVER", -100)], items[1].Payers!);
        Assert.Equal("order 1", items[5].Reference);
        Assert.Null(items[2].Payers);
        Assert.Equal([unilever, deduction, credit], items.Skip(6));
        Assert.Equal(340, (await alice.BalanceAsync()).Points);
        foreach (Transaction item in items)
        {
            Transaction single = (await alice.GetAsync($"/transactions/{item.Id}")).AssertIs(200).Transaction;
            Assert.Equal(item with { Payers = null }, single with { Payers = null });
            Assert.Equal(item.Payers, single.Payers);
        }
    }

    [Fact]
    public async Task An_expiry_names_its_credit()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        AccountClient alice = new(server);
        string end = Rfc3339.Format(clock.GetUtcNow() + TimeSpan.FromDays(1));
        Transaction credit = await alice.AddAsync("DANNON", 300, rest: $$""","expiresAt":"{{end}}" """);
        await alice.AddAsync("DANNON", -100);
        clock.Advance(TimeSpan.FromDays(2));
        await alice.AddAsync("UNILEVER", 5);

        Transaction expiry = Assert.Single((await alice.HistoryAsync("?kind=expiry")).Items);
        Assert.Equal(("expiry", -200L, "DANNON", credit.Id), (expiry.Kind, expiry.Points, expiry.Payer, expiry.SubjectId));
        Assert.Equal(end, Rfc3339.Format(expiry.ExpiresAt!.Value));
        Assert.Null(expiry.Timestamp);
        Assert.Null(expiry.Payers);
    }

    [Fact]
    public async Task Several_filters_must_all_match()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        AccountClient alice = new(server);
        Transaction first = await alice.AddAsync("A & B+", 300);
        clock.Advance(TimeSpan.FromMinutes(1));
        Transaction second = await alice.AddAsync("UNILEVER", 100);
        clock.Advance(TimeSpan.FromMinutes(1));
        Spend spend = await alice.SpendAsync(350);

        Assert.Equal([spend.Id, first.Id], await IdsAsync("?payer=A%20%26%20B%2B"));
        Assert.Equal([first.Id], await IdsAsync("?payer=A%20%26%20B%2B&kind=credit"));
        Assert.Equal([spend.Id], await IdsAsync("?kind=spend"));
        Assert.Empty(await IdsAsync("?kind=restore"));
        Assert.Empty(await IdsAsync("?payer=nobody"));
        Assert.Equal([spend.Id, second.Id], await IdsAsync($"?from={Rfc3339.Format(second.RecordedAt)}"));
        Assert.Equal([first.Id], await IdsAsync($"?to={Rfc3339.Format(second.RecordedAt)}"));
        Assert.Equal([second.Id], await IdsAsync($"?from={Rfc3339.Format(second.RecordedAt)}&to={Rfc3339.Format(spend.RecordedAt)}"));

        async Task<IEnumerable<string>> IdsAsync(string query) => (await alice.HistoryAsync(query)).Items.Select(item => item.Id);
    }

    [Fact]
    public async Task All_pages_together_are_the_whole_list()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        for (int number = 0; number < 7; number++)
        {
            await alice.AddAsync("DANNON", 10);
        }

        await alice.SpendAsync(5);
        Page<Transaction> whole = await alice.HistoryAsync("?limit=500");
        Assert.Null(whole.NextCursor);
        foreach (int limit in (int[])[1, 3, 4, 8])
        {
            List<string> ids = [];
            Page<Transaction> page = await alice.HistoryAsync($"?limit={limit}");
            for (; ; page = await alice.HistoryAsync($"?limit={limit}&cursor={page.NextCursor}"))
            {
                Assert.InRange(page.Items.Count, 0, limit);
                ids.AddRange(page.Items.Select(item => item.Id));
                if (page.NextCursor is null)
                {
                    break;
                }
            }

            Assert.Equal(whole.Items.Select(item => item.Id), ids);
        }
    }

    [Fact]
    public async Task A_cursor_belongs_to_one_list_with_one_filter()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 10);
        await alice.AddAsync("DANNON", 10);
        string cursor = (await alice.HistoryAsync("?limit=1")).NextCursor!;
        (await alice.GetAsync($"/transactions?limit=2&cursor={cursor}")).AssertIs(200);
        string[] others =
        [
            $"/v1/accounts/bob/transactions?cursor={cursor}", $"/v1/accounts/alice/archive?cursor={cursor}", $"/v1/accounts/alice/lots?cursor={cursor}",
            $"/v1/accounts?cursor={cursor}", $"/v1/payers?cursor={cursor}", $"/v1/accounts/alice/transactions?payer=DANNON&cursor={cursor}",
            $"/v1/accounts/alice/transactions?kind=credit&cursor={cursor}", $"/v1/accounts/alice/transactions?cursor={cursor}=",
            $"/v1/accounts/alice/transactions?cursor={cursor}A", $"/v1/accounts/alice/transactions?cursor=", "/v1/accounts/alice/transactions?cursor=%20",
            $"/v1/accounts/alice/transactions?cursor={new string('A', 2_000)}",
        ];
        foreach (string other in others)
        {
            Assert.Equal("cursor", (await server.GetAsync(other)).AssertIs(400, "invalid_cursor").Problem.Member);
        }
    }

    [Fact]
    public async Task The_archive_contains_everything_up_to_and_including_the_latest_flush()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction old = await alice.AddAsync("DANNON", 300);
        Assert.Empty((await alice.HistoryAsync(list: "/archive")).Items);
        Flush flush = await alice.FlushAsync();
        Assert.Equal([flush.Id, old.Id], (await alice.HistoryAsync(list: "/archive")).Items.Select(item => item.Id));

        Transaction young = await alice.AddAsync("DANNON", 7);
        IReadOnlyList<Transaction> all = (await alice.HistoryAsync()).Items;
        Assert.Equal([(young.Id, null), (flush.Id!, true), (old.Id, (bool?)true)], all.Select(item => (item.Id, item.Archived)));
        Assert.Equal([flush.Id, old.Id], (await alice.HistoryAsync(list: "/archive")).Items.Select(item => item.Id));
        Page<Transaction> page = await alice.HistoryAsync("?limit=1", "/archive");
        Assert.Equal(old.Id, Assert.Single((await alice.HistoryAsync($"?limit=1&cursor={page.NextCursor}", "/archive")).Items).Id);
        Assert.True((await alice.GetAsync($"/transactions/{old.Id}")).Transaction.Archived);
    }

    [Fact]
    public async Task Ids_that_name_nothing_in_the_account_are_not_found()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction credit = await alice.AddAsync("DANNON", 300);
        Spend spend = await alice.SpendAsync(100);
        string draw = spend.Id[..^1] + (char)(spend.Id[^1] + 1);
        string otherPartition = "00001" + credit.Id[5..];
        foreach (string id in (string[])["x", "0000000000000000", draw, credit.Id.ToUpperInvariant() + "A", otherPartition, "0000000000000zzz", "a%2Fb"])
        {
            Assert.Equal("id", (await alice.GetAsync($"/transactions/{id}")).AssertIs(404, "transaction_not_found").Problem.Member);
        }

        Assert.Equal("id", (await server.GetAsync($"/v1/accounts/bob/transactions/{credit.Id}")).AssertIs(404, "transaction_not_found").Problem.Member);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=%2B1", "limit")]
    [InlineData("limit=1.0", "limit")]
    [InlineData("limit=1%00", "limit")]
    [InlineData("limit=01", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=99999999999999999999", "limit")]
    [InlineData("limit=1&limit=1", "limit")]
    [InlineData("kind=Credit", "kind")]
    [InlineData("kind=draw", "kind")]
    [InlineData("kind=", "kind")]
    [InlineData("payer=", "payer")]
    [InlineData("payer=%20A", "payer")]
    [InlineData("payer=A%00", "payer")]
    [InlineData("payer=%FF", null)]
    [InlineData("payer=A&payer=B", "payer")]
    [InlineData("from=2020-10-31", "from")]
    [InlineData("from=2020-10-31T10:00:00", "from")]
    [InlineData("from=2020-10-31T10:00:00+01:00", "from")]
    [InlineData("to=soon", "to")]
    [InlineData("from=2020-10-31T10:00:00Z&to=2020-10-31T10:00:00Z", "to")]
    public async Task An_invalid_parameter_is_refused_by_name(string query, string? member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        foreach (string list in (string[])["transactions", "archive"])
        {
            Reply reply = (await server.GetAsync($"/v1/accounts/alice/{list}?{query}")).AssertIs(400, "invalid_parameter");
            Assert.Equal(member, reply.Problem.Member);
        }
    }
}

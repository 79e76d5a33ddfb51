using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>What can happen to a spend: previews, reversals, holds and captures.</summary>
public sealed class SpendLifeTests
{
    [Fact]
    public async Task A_preview_shows_what_the_spend_then_does_and_writes_nothing()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        await alice.AddAsync("DANNON", -50);
        await alice.AddAsync("UNILEVER", 200, "2020-10-31T11:00:00Z");

        Reply reply = (await alice.PostAsync("/spends/preview", """{"points":400,"hold":"PT5M","reference":"r"}""")).AssertIs(200);
        SpendPreview preview = reply.As(ReplyJson.Default.SpendPreview);
        Assert.Equal(450, (await alice.BalanceAsync()).Points);
        Assert.Equal(3, (await alice.HistoryAsync()).Items.Count);
        Spend spend = await alice.SpendAsync(400);
        Assert.Equal(("alice", 400L), (preview.Account, preview.Points));
        Assert.Equal(spend.Allocations, preview.Allocations);
        Assert.Equal(spend.Draws, preview.Draws);
        Assert.InRange(preview.AsOf, spend.RecordedAt - TimeSpan.FromMinutes(1), spend.RecordedAt);
        (await alice.PostAsync("/spends/preview", """{"points":51}""")).AssertIs(422, "insufficient_points");
        (await alice.PostAsync("/spends/preview", """{"points":0}""")).AssertIs(400, "points_not_positive");
        (await alice.PostAsync("/spends/preview")).AssertIs(400, "empty_body");
        (await server.PostAsync("/v1/accounts/a%20b/spends/preview", "{}")).AssertIs(400, "invalid_account");
    }

    [Fact]
    public async Task A_spend_can_be_read_at_its_Location()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        Reply spent = (await alice.PostAsync("/spends", """{"points":100,"reason":"because","reference":"order 7"}""")).AssertIs(201);
        Assert.Equal(("because", "order 7", "final"), (spent.Spend.Reason, spent.Spend.Reference, spent.Spend.Status));
        Assert.Equal(spent.Body, (await server.GetAsync(spent.Header("Location")!)).AssertIs(200).Body);
    }

    [Fact]
    public async Task A_reversal_returns_every_draw_to_its_transaction_once()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction dannon = await alice.AddAsync("DANNON", 300);
        Transaction unilever = await alice.AddAsync("UNILEVER", 200, "2020-10-31T11:00:00Z");
        IReadOnlyList<Lot> before = (await alice.LotsAsync()).Items;
        Spend spend = await alice.SpendAsync(400);

        Reply reply = (await alice.PostAsync($"/spends/{spend.Id}/reversal", """{"reference":"R-1","reason":"returned goods"}""", ("Idempotency-Key", "k"))).AssertIs(201);
        Reversal reversal = reply.As(ReplyJson.Default.Reversal);
        Assert.Equal((spend.Id, 400L, "alice", "R-1", "returned goods"), (reversal.SpendId, reversal.Points, reversal.Account, reversal.Reference, reversal.Reason));
        Assert.Equal([new Allocation("DANNON", 300), new Allocation("UNILEVER", 100)], reversal.Allocations);
        Assert.Equal(
            [
                new ReturnedDraw(dannon.Id, "DANNON", dannon.Timestamp!.Value, 300, Expired: false),
                new ReturnedDraw(unilever.Id, "UNILEVER", unilever.Timestamp!.Value, 100, Expired: false),
            ],
            reversal.Returns);
        Assert.Equal(before, (await alice.LotsAsync()).Items);
        Spend after = await alice.ReadSpendAsync(spend.Id);
        Assert.Equal((SpendStatus.Reversed, reversal.Id), (after.Status, after.ReversalId));

        Reply again = await alice.PostAsync($"/spends/{spend.Id}/reversal", """{"reason":"returned goods","reference":"R-1"}""", ("Idempotency-Key", "k"));
        Assert.Equal((201, reply.Body, "true"), (again.Status, again.Body, again.Header("Idempotency-Replayed")));
        (await alice.PostAsync($"/spends/{spend.Id}/reversal", ("Idempotency-Key", "k"))).AssertIs(422, "idempotency_mismatch");
        (await alice.PostAsync($"/spends/{spend.Id}/reversal")).AssertIs(409, "already_reversed");
        (await alice.PostAsync($"/spends/{spend.Id}/capture")).AssertIs(409, "already_reversed");
        Assert.Equal(500, (await alice.BalanceAsync()).Points);
    }

    [Fact]
    public async Task Returned_points_that_expired_meanwhile_expire_at_once_with_entries()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        AccountClient alice = new(server);
        string end = Rfc3339.Format(clock.GetUtcNow() + TimeSpan.FromDays(1));
        await alice.AddAsync("DANNON", 300, rest: $$""","expiresAt":"{{end}}" """);
        await alice.AddAsync("UNILEVER", 300, "2020-11-01T10:00:00Z");
        Spend spend = await alice.SpendAsync(400);
        clock.Advance(TimeSpan.FromDays(2));

        Reversal reversal = (await alice.PostAsync($"/spends/{spend.Id}/reversal")).AssertIs(201).As(ReplyJson.Default.Reversal);
        Assert.Equal([("DANNON", true), ("UNILEVER", false)], reversal.Returns.Select(line => (line.Payer, line.Expired)));
        Assert.Equal(400, reversal.Points);
        Assert.Equal(300, (await alice.BalanceAsync()).Points);
        Assert.Equal(["expiry", "reversal"], (await alice.HistoryAsync("?limit=2")).Items.Select(item => item.Kind));
    }

    [Fact]
    public async Task Held_points_are_neither_available_nor_spent_until_the_capture()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        Spend held = await alice.SpendAsync(100, ""","hold":"PT15M" """);
        Assert.Equal((SpendStatus.Pending, held.RecordedAt + TimeSpan.FromMinutes(15)), (held.Status, held.HoldUntil));
        Balance balance = await alice.BalanceAsync();
        Assert.Equal((200L, 100L), (balance.Points, balance.Held));
        Assert.Equal(SpendStatus.Pending, (await alice.ReadSpendAsync(held.Id)).Status);

        Reply reply = (await alice.PostAsync($"/spends/{held.Id}/capture", """{"reason":"shipped"}""", ("Idempotency-Key", "c"))).AssertIs(201);
        Capture capture = reply.As(ReplyJson.Default.Capture);
        Assert.Equal((held.Id, 100L, "shipped"), (capture.SpendId, capture.Points, capture.Reason));
        Assert.Equal(reply.Body, (await alice.PostAsync($"/spends/{held.Id}/capture", """{"reason":"shipped"}""", ("Idempotency-Key", "c"))).Body);
        balance = await alice.BalanceAsync();
        Assert.Equal((200L, 0L), (balance.Points, balance.Held));
        (await alice.PostAsync($"/spends/{held.Id}/capture")).AssertIs(409, "already_captured");

        clock.Advance(TimeSpan.FromHours(1));
        Spend final = await alice.ReadSpendAsync(held.Id);
        Assert.Equal((SpendStatus.Final, held.HoldUntil), (final.Status, final.HoldUntil));
        (await alice.PostAsync($"/spends/{held.Id}/reversal")).AssertIs(201);
        Assert.Equal(300, (await alice.BalanceAsync()).Points);
    }

    [Fact]
    public async Task An_ended_hold_returns_its_points()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        Spend held = await alice.SpendAsync(100, ""","hold":"P1D" """);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(300, (await alice.BalanceAsync()).Points);
        Assert.Equal(SpendStatus.Reversed, (await alice.ReadSpendAsync(held.Id)).Status);
        (await alice.PostAsync($"/spends/{held.Id}/capture")).AssertIs(409, "already_reversed");
        (await alice.PostAsync($"/spends/{held.Id}/reversal")).AssertIs(409, "already_reversed");
        await alice.AddAsync("DANNON", 1);
        Transaction reversal = Assert.Single((await alice.HistoryAsync("?kind=reversal")).Items);
        Assert.Equal((held.Id, 100L), (reversal.SubjectId, reversal.Points));
        Assert.Equal(reversal.Id, (await alice.ReadSpendAsync(held.Id)).ReversalId);
    }

    [Fact]
    public async Task A_pending_spend_can_be_reversed_and_a_final_one_cannot_be_captured()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        Spend held = await alice.SpendAsync(100, ""","hold":"PT1H" """);
        (await alice.PostAsync($"/spends/{held.Id}/reversal")).AssertIs(201);
        Balance balance = await alice.BalanceAsync();
        Assert.Equal((300L, 0L), (balance.Points, balance.Held));
        Spend final = await alice.SpendAsync(100);
        (await alice.PostAsync($"/spends/{final.Id}/capture")).AssertIs(409, "not_pending");
    }

    [Fact]
    public async Task A_spend_from_before_a_flush_cannot_be_changed()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        Spend spend = await alice.SpendAsync(100);
        Spend held = await alice.SpendAsync(50, ""","hold":"PT1H" """);
        await alice.FlushAsync();
        (await alice.PostAsync($"/spends/{spend.Id}/reversal")).AssertIs(409, "account_flushed");
        (await alice.PostAsync($"/spends/{spend.Id}/capture")).AssertIs(409, "not_pending");
        (await alice.PostAsync($"/spends/{held.Id}/reversal")).AssertIs(409, "account_flushed");
        (await alice.PostAsync($"/spends/{held.Id}/capture")).AssertIs(409, "account_flushed");
        Assert.Equal(SpendStatus.Final, (await alice.ReadSpendAsync(spend.Id)).Status);
    }

    [Fact]
    public async Task An_id_that_is_not_a_spend_of_the_account_is_not_found()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction credit = await alice.AddAsync("DANNON", 300);
        Spend spend = await alice.SpendAsync(100);
        AccountClient bob = new(server, "bob");
        foreach ((AccountClient account, string id) in ((AccountClient, string)[])[(alice, credit.Id), (bob, spend.Id), (alice, "x"), (alice, "preview")])
        {
            Assert.Equal("id", (await account.GetAsync($"/spends/{id}")).AssertIs(404, "spend_not_found").Problem.Member);
            (await account.PostAsync($"/spends/{id}/capture")).AssertIs(404, "spend_not_found");
            (await account.PostAsync($"/spends/{id}/reversal")).AssertIs(404, "spend_not_found");
        }

        Assert.Equal(200, (await alice.BalanceAsync()).Points);
    }

    [Theory]
    [InlineData("\"\"", "invalid_duration")]
    [InlineData("\"15\"", "invalid_duration")]
    [InlineData("\"15M\"", "invalid_duration")]
    [InlineData("\"P\"", "invalid_duration")]
    [InlineData("\"PT\"", "invalid_duration")]
    [InlineData("\"pt15m\"", "invalid_duration")]
    [InlineData("\"PT-15M\"", "invalid_duration")]
    [InlineData("\"-PT15M\"", "invalid_duration")]
    [InlineData("\"P1M\"", "invalid_duration")]
    [InlineData("\"P1Y\"", "invalid_duration")]
    [InlineData("\"P1W\"", "invalid_duration")]
    [InlineData("\"PT0S\"", "invalid_duration")]
    [InlineData("\"PT0.999S\"", "invalid_duration")]
    [InlineData("\"P31D\"", "invalid_duration")]
    [InlineData("\"P30DT1S\"", "invalid_duration")]
    [InlineData("\"PT9223372036854775807H\"", "invalid_duration")]
    [InlineData("\"PT99999999999999999999S\"", "invalid_duration")]
    [InlineData("\"00:15:00\"", "invalid_duration")]
    [InlineData("null", "wrong_type")]
    [InlineData("900", "wrong_type")]
    [InlineData("true", "wrong_type")]
    public async Task An_invalid_hold_duration_is_refused(string hold, string code)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        foreach (string path in (string[])["/spends", "/spends/preview"])
        {
            Reply reply = (await alice.PostAsync(path, $$"""{"points":1,"hold":{{hold}}}""")).AssertIs(400, code);
            Assert.Equal("hold", reply.Problem.Member);
        }
    }

    [Fact]
    public async Task The_longest_hold_is_an_option()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Holds:DurationMax", "00:10:00");
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        await alice.SpendAsync(1, ""","hold":"PT10M" """);
        await alice.SpendAsync(1, ""","hold":"PT1S" """);
        Assert.Contains("`hold` is PT10M0.000001S. Send a duration from PT1S to PT10M.", (await alice.PostAsync("/spends", """{"points":1,"hold":"PT10M0.000001S"}""")).AssertIs(400, "invalid_duration").Problem.Detail, StringComparison.Ordinal);
    }
}

using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Addresses that a browser opens by itself: typed, bookmarked, restored, or from a mail.</summary>
[Collection(AttackCollection.Name)]
public sealed class AddressAttackTests(AttackedServer attacked)
{
    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_link_of_another_site_to_a_flush_changes_nothing(int status)
    {
        await attacked.PrepareAsync(attacked.Evil);
        string before = await AttackedServer.StateAsync(attacked.Server);

        string goal = Uri.EscapeDataString(new Uri(attacked.Server.Address, "/flushDB").ToString());
        await attacked.Browser.OpenAsync(new Uri(attacked.Evil, $"/to?status={status}&url={goal}"));

        LoggedRequest request = await attacked.Log.WaitForAsync("GET /flushDB");
        // The browser's headers do not distinguish this request from one for a typed address.
        Assert.Equal("none", request.Header("Sec-Fetch-Site"));
        request.AssertRefused();
        Assert.Equal(before, await AttackedServer.StateAsync(attacked.Server));
    }

    [Fact]
    public async Task An_address_that_only_reads_can_be_typed()
    {
        await attacked.PrepareAsync(attacked.Evil);
        await attacked.Browser.OpenAsync(new Uri(attacked.Server.Address, "/balance"));

        LoggedRequest request = await attacked.Log.WaitForAsync("GET /balance");
        Assert.Equal(("none", 200), (request.Header("Sec-Fetch-Site"), request.Status));
    }

    [Fact]
    public async Task A_host_name_that_rebinds_to_this_machine_gets_nothing()
    {
        AttackerSite site = await AttackerSite.StartAsync();
        Uri page = site.At("rebind.example");
        await attacked.PrepareAsync(page);
        await site.DisposeAsync();

        RequestLog log = new();
        await using RunningServer server = await AttackedServer.StartAsync(log, "--urls", $"http://127.0.0.1:{page.Port}");
        (await server.PostAsync("/addTransaction", AttackedServer.Credit)).AssertIs(200);
        string before = await AttackedServer.StateAsync(server);
        string[] asks =
        [
            "fetch('/balance')", "fetch('/flushDB')", "fetch('/flushDB', { method: 'DELETE' })", "fetch('/v1/journal/0')",
            """fetch('/spend', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"points":5}' })""",
            """fetch('/addTransaction', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ payer: 'EVIL', points: 5, timestamp: '2020-10-31T10:00:00Z' }) })""",
        ];
        foreach (string ask in asks)
        {
            // For the browser the server has the page's own origin. So the page may read the refusal, which says nothing about points.
            string read = await attacked.Browser.RunAsync($"return (await {ask}).text();");
            Assert.Contains("protected_mode", read, StringComparison.Ordinal);
            Assert.DoesNotContain("DANNON", read, StringComparison.Ordinal);
        }

        // The browser may also request an icon for the page.
        LoggedRequest[] asked = [.. log.FromBrowser.Where(request => request.Line != "GET /favicon.ico")];
        Assert.Equal(asks.Length, asked.Length);
        Assert.All(asked, request =>
        {
            request.AssertRefused();
            Assert.Equal($"rebind.example:{page.Port}", request.Header("Host"));
            Assert.True(request.Header("Sec-Fetch-Site") is null or "same-origin");
            Assert.True(request.Header("Origin") is not string origin || origin == page.GetLeftPart(UriPartial.Authority));
        });
        Assert.Equal(before, await AttackedServer.StateAsync(server));
    }
}

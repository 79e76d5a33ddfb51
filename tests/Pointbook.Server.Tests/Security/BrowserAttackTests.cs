using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Requests that pages of other sites make a browser send to a server in protected mode.</summary>
[Collection(AttackCollection.Name)]
public sealed class BrowserAttackTests(AttackedServer attacked)
{
    private const string OtherSite = "a page of another site";
    private const string OtherPort = "a page of another port";
    private const string NoOrigin = "a page without an origin";

    public static MatrixTheoryData<string, string> Attacks { get; } =
        new([OtherSite, OtherPort, NoOrigin], Attack.All.Select(attack => attack.Name));

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task An_attack_reaches_the_server_and_is_refused(string page, string name)
    {
        await attacked.PrepareAsync(Page(page));
        string before = await AttackedServer.StateAsync(attacked.Server);

        string read = await attacked.LaunchAsync(Attack.All.Single(attack => attack.Name == name));

        Assert.Equal("nothing", read);
        // A window that shows the refusal is a page of the server. The browser requests the server's icon for it, which does not exist.
        Assert.All(
            attacked.Log.FromBrowser.Where(request => request is not { Line: "GET /favicon.ico", Status: 404 }),
            request => request.AssertRefused());
        Assert.Equal(before, await AttackedServer.StateAsync(attacked.Server));
    }

    [Theory]
    [InlineData(OtherSite, "cross-site")]
    [InlineData(OtherPort, "same-site")]
    [InlineData(NoOrigin, "cross-site")]
    public async Task The_browser_sees_the_pages_from_the_expected_origins(string page, string site)
    {
        await attacked.PrepareAsync(Page(page));
        await attacked.LaunchAsync(Attack.All.Single(attack => attack.Name == "fetch of text to spend"));

        LoggedRequest request = Assert.Single(attacked.Log.FromBrowser, request => request.Line == "POST /spend");
        Assert.Equal(site, request.Header("Sec-Fetch-Site"));
        Assert.Equal(page == NoOrigin ? "null" : Page(page).GetLeftPart(UriPartial.Authority), request.Header("Origin"));
    }

    /// <summary>The request that the browser sends when it needs no permission, and the status of the answer.</summary>
    [Theory]
    [InlineData("fetch to read", "GET /balance", 200, """{"DANNON":""")]
    [InlineData("fetch to empty", "GET /flushDB", 200, "Database Flushed")]
    [InlineData("fetch of text to spend", "POST /spend", 415, "unsupported_media_type")]
    [InlineData("fetch of JSON", "POST /spend", 200, """[{"payer":"DANNON","points":-5}]""")]
    [InlineData("fetch of DELETE", "DELETE /flushDB", 200, "Database Flushed")]
    [InlineData("worker", "GET /balance", 200, """{"DANNON":""")]
    [InlineData("beacon of JSON", "POST /spend", 200, "nothing")]
    [InlineData("event stream", "GET /v1/journal/0", 200, "opened")]
    [InlineData("image", "GET /flushDB", 200, "nothing")]
    [InlineData("style sheet", "GET /flushDB", 200, "nothing")]
    [InlineData("frame", "GET /flushDB", 200, "nothing")]
    [InlineData("object", "GET /balance", 200, "nothing")]
    [InlineData("window", "GET /flushDB", 200, "Database Flushed")]
    [InlineData("form of text into a frame", "POST /spend", 415, "nothing")]
    [InlineData("form of fields into a window", "POST /flushDB", 200, "nothing")]
    [InlineData("link with ping", "POST /flushDB", 200, "nothing")]
    [InlineData("navigation of the top window", "GET /flushDB", 200, "nothing")]
    public async Task The_same_request_from_a_page_of_the_server_is_served(string name, string request, int status, string read)
    {
        // The policy of the server's replies forbids a page everything. In this test such a page must do what an attacker's page does.
        await attacked.Browser.IgnorePoliciesAsync(true);
        await attacked.PrepareAsync(new Uri(attacked.Server.Address, "/balance"));
        await attacked.Browser.IgnorePoliciesAsync(false);
        // The server's replies forbid pages to send a referrer. A form of such a page would have no origin.
        await attacked.Browser.RunAsync("document.head.insertAdjacentHTML('beforeend', '<meta name=referrer content=origin>');");
        string found = await attacked.LaunchAsync(Attack.All.Single(attack => attack.Name == name), request);

        Assert.Contains(read, found, StringComparison.Ordinal);
        Assert.Equal(status, (await attacked.Log.WaitForAsync(request)).Status);
    }

    [Fact]
    public async Task The_API_page_can_call_the_server()
    {
        await attacked.PrepareAsync(new Uri(attacked.Server.Address, "/docs/"));
        Assert.StartsWith("""{"DANNON":""", await attacked.Browser.RunAsync("return (await fetch('/balance')).text();"), StringComparison.Ordinal);
    }

    private Uri Page(string page) => page switch
    {
        OtherSite => attacked.Evil,
        OtherPort => attacked.Site.Address,
        _ => new Uri(attacked.Evil, "/sandbox"),
    };
}

using System.Text.Json.Nodes;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Docs;

public sealed class DocsTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    private readonly RunningServer _server = seeded.Server;

    [Fact]
    public async Task A_browser_shows_every_operation_and_contacts_no_other_host()
    {
        JsonObject paths = JsonNode.Parse((await _server.GetAsync(OpenApiSetup.Path)).AssertIs(200).Body)!["paths"]!.AsObject();
        await using Browser browser = await Browser.StartAsync();
        await browser.OpenAsync(new Uri(_server.Address, "/docs/"));
        await browser.WaitForAsync($"document.body.innerText.includes('{paths.Last().Key}') && document.body.innerText.includes('/flushDB')");
        string text = await browser.ReadTextAsync();
        Assert.Contains("A durable ledger for loyalty points", text, StringComparison.Ordinal);
        Assert.All(paths, path => Assert.Contains(path.Key, text, StringComparison.Ordinal));
        Assert.All(ApiTags.All, tag => Assert.Contains(tag.Description.Replace("`", "", StringComparison.Ordinal), text, StringComparison.Ordinal));

        Assert.Contains(browser.Requests, request => request.AbsolutePath == OpenApiSetup.Path);
        Assert.All(browser.Requests, request => Assert.True(
            request.Scheme is "data" or "blob" || request.Authority == _server.Address.Authority, $"The page asked for {request}."));
        Assert.Empty(browser.PolicyViolations);
    }

    [Fact]
    public async Task The_page_cannot_load_anything_from_other_servers()
    {
        Reply page = (await _server.GetAsync("/docs/")).AssertIs(200);
        string policy = page.Header("Content-Security-Policy")!;
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page.Body, StringComparison.Ordinal);

        string nonce = policy.Split("'nonce-")[1].Split('\'')[0];
        Assert.Equal(page.Body.Split("<script").Length, page.Body.Split($"nonce=\"{nonce}\"").Length);
        Assert.DoesNotContain(nonce, (await _server.GetAsync("/docs/")).Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_not_served_to_other_sites()
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/docs/");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        (await _server.SendAsync(request)).AssertIs(403, "protected_mode");
    }

    [Fact]
    public async Task Missing_files_get_the_usual_problem() =>
        (await _server.GetAsync("/openapi/v2.json")).AssertIs(404, "not_found");
}

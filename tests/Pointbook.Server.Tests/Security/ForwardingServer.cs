using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>A server whose environment tells ASP.NET Core to trust what proxies say about a client. Its account has points.</summary>
public sealed class ForwardingServer : IAsyncLifetime
{
    private ServerProcess _process = null!;

    public HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _process = await ServerProcess.StartAsync(("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        Client = new HttpClient { BaseAddress = _process.Address };
        using StringContent credit = new(
            """{"payer":"DANNON","points":300,"timestamp":"2020-10-31T10:00:00Z"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage answer = await Client.PostAsync(new Uri("/addTransaction", UriKind.Relative), credit, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
    }
}

using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>A server and a browser on this machine, and an attacker's site that the browser visits.</summary>
public sealed class AttackedServer : IAsyncLifetime
{
    /// <summary>The attacker's host. The browser resolves every host below <c>example</c> to this machine.</summary>
    public const string EvilHost = "evil.example";

    /// <summary>A transaction that adds points to the account.</summary>
    public const string Credit = """{"payer":"DANNON","points":300,"timestamp":"2020-10-31T10:00:00Z"}""";

    public RequestLog Log { get; } = new();

    public RunningServer Server { get; private set; } = null!;

    public AttackerSite Site { get; private set; } = null!;

    public Browser Browser { get; private set; } = null!;

    /// <summary>The address of the attacker's site under its own host name.</summary>
    public Uri Evil => Site.At(EvilHost);

    /// <summary>Starts a server that records its requests in a log.</summary>
    public static Task<RunningServer> StartAsync(RequestLog log, params string[] args) =>
        RunningServer.StartAsync(builder => builder.Services.AddSingleton<IStartupFilter>(log), args);

    public async ValueTask InitializeAsync()
    {
        Server = await StartAsync(Log);
        Site = await AttackerSite.StartAsync();
        Browser = await Browser.StartAsync("--autoplay-policy=no-user-gesture-required", "--host-resolver-rules=MAP *.example 127.0.0.1");
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        await Site.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <summary>Opens a page, and gives the account points that an attack could change.</summary>
    public async Task PrepareAsync(Uri page)
    {
        await Browser.CloseOtherWindowsAsync();
        await Browser.OpenAsync(page);
        await Browser.WaitForAsync($"location.href === '{page}' && document.readyState === 'complete'");
        (await Server.PostAsync("/addTransaction", Credit)).AssertIs(200);
        Log.Clear();
    }

    /// <summary>Lets the open page attack, waits until the server has answered, and returns what the page could read.</summary>
    public async Task<string> LaunchAsync(Attack attack, string? request = null)
    {
        string read = await Browser.RunAsync(attack.On(Server.Address, Evil));
        await Log.WaitForAsync(request ?? attack.Request);
        return read;
    }

    /// <summary>The balance of the account and the end of the journal.</summary>
    public static async Task<string> StateAsync(RunningServer server) =>
        await server.BalanceAsync() + (await server.GetAsync("/v1/journal")).AssertIs(200).Body;
}

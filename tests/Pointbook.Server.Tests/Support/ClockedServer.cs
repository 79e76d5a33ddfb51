using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Tests.Support;

/// <summary>A server in a directory that outlives it. Tests make its wall clock jump, and the machine's uptime continues.</summary>
internal sealed class ClockedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private ClockedServer(WebApplication app, CollectedLog log)
    {
        (_app, Log) = (app, log);
        _client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public CollectedLog Log { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts the server.</summary>
    /// <param name="directory">The directory of the server's files.</param>
    /// <param name="wall">The wall clock, or null for the server's own.</param>
    /// <param name="args">Further arguments.</param>
    public static async Task<ClockedServer> StartAsync(string directory, TimeProvider? wall, params string[] args)
    {
        CollectedLog log = new();
        string[] where = ["--urls", "http://127.0.0.1:0", "--Storage:Directory", directory, "--Health:AgeMax", "00:00:00", "--Sweeper:Interval", "00:00:00.1", "--Keys:AgeMax", "00:00:10"];
        WebApplication app = PointbookApp.Build([.. where, .. args], builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log);
            StorageSetup.AddLedger(builder);
            if (wall is not null)
            {
                builder.Services.AddSingleton(wall);
                builder.Services.AddSingleton<Uptime>(SystemUptime.Read);
            }
        });
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new ClockedServer(app, log);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async Task<Reply> GetAsync(string path) => await ToReplyAsync(await _client.GetAsync(path, TestContext.Current.CancellationToken));

    public async Task<Reply> PostAsync(string path, string json, string? secret = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        if (secret is not null)
        {
            request.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", secret);
        }

        return await ToReplyAsync(await _client.SendAsync(request, TestContext.Current.CancellationToken));
    }

    /// <summary>Adds points to an account.</summary>
    public Task<Reply> AddAsync(string account, long points, string timestamp, string? expiresAt = null) => PostAsync(
        $"/v1/accounts/{account}/transactions",
        $$"""{"payer":"SHOP","points":{{points}},"timestamp":"{{timestamp}}"{{(expiresAt is null ? "" : $",\"expiresAt\":\"{expiresAt}\"")}}}""");

    public async Task<long> PointsAsync(string account) => (await GetAsync($"/v1/accounts/{account}/balance")).AssertIs(200).Balance.Points;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task<Reply> ToReplyAsync(HttpResponseMessage message) => new(
        (int)message.StatusCode,
        message.Content.Headers.ContentType?.MediaType ?? "",
        await message.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
        message);
}

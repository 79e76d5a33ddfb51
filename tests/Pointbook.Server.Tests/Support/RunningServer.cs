using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Tests.Support;

/// <summary>The whole server, on a socket and in its own data directory.</summary>
public sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly DirectoryInfo _directory;

    private RunningServer(WebApplication app, DirectoryInfo directory)
    {
        _app = app;
        _directory = directory;
        Address = new Uri(app.Urls.Single());
        // A client that asks for permission to send its body must wait for the answer, even on a busy machine.
        Client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>The directory of the server's files.</summary>
    public string DataDirectory => _directory.FullName;

    public IServiceProvider Services => _app.Services;

    public static async Task<RunningServer> StartAsync(Action<WebApplicationBuilder>? configure = null, params string[] args)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-http-");
        // A busy machine may need more than a second to read the keys.
        string[] where = ["--urls", "http://127.0.0.1:0", "--Storage:Directory", directory.FullName, "--Keys:AgeMax", "00:00:10"];
        WebApplication app = PointbookApp.Build([.. where, .. args], builder =>
        {
            builder.Logging.ClearProviders();
            StorageSetup.AddLedger(builder);
            configure?.Invoke(builder);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningServer(app, directory);
    }

    /// <summary>Starts a server with a clock that the test can advance.</summary>
    internal static Task<RunningServer> StartAtAsync(TimeProvider clock, params string[] args) =>
        StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(clock);
                // The uptime advances with the clock, so that the server considers the clock credible.
                builder.Services.AddSingleton<Uptime>(() => clock.GetUtcNow() - DateTimeOffset.UnixEpoch);
            },
            args);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    internal Task<Reply> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    internal Task<Reply> PostAsync(string path, string json, params (string Name, string Value)[] headers) =>
        PostAsync(path, Encoding.UTF8.GetBytes(json), headers);

    internal Task<Reply> PostAsync(string path, byte[] json, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return SendAsync(request);
    }

    internal Task<Reply> PostNothingAsync(string path, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path);
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return SendAsync(request);
    }

    internal async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        HttpResponseMessage message = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        string body = await message.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Reply((int)message.StatusCode, message.Content.Headers.ContentType?.MediaType ?? "", body, message);
    }

    internal async Task<string> BalanceAsync() => (await GetAsync("/balance")).AssertIs(200).Body;
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pointbook.Server;
using Pointbook.Server.Storage;

namespace Pointbook.Client.Tests.Support;

/// <summary>The whole server, on a socket and in its own data directory, with a client that calls it.</summary>
public sealed class LiveServer : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-client-");
    private WebApplication _app = null!;
    private ServiceProvider _services = null!;

    public Uri Address { get; private set; } = null!;

    public PointbookClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _app = PointbookApp.Build(["--urls", "http://127.0.0.1:0", "--Storage:Directory", _directory.FullName], builder =>
        {
            builder.Logging.ClearProviders();
            StorageSetup.AddLedger(builder);
        });
        await _app.StartAsync(TestContext.Current.CancellationToken);
        Address = new Uri(_app.Urls.Single());
        ServiceCollection services = [];
        services.AddPointbookClient(Address);
        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<PointbookClient>();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _app.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}

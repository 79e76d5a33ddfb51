using Pointbook.Simulation.Tests.Audit;

namespace Pointbook.Simulation.Tests.Support;

/// <summary>One server for all tests of a class. Each test uses its own accounts.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private ServerProcess? _server;

    internal ServerProcess Server => _server!;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(_directory.FullName);

    /// <summary>Adds up the whole journal.</summary>
    public void Audit() => Assert.NotEmpty(new Auditor(new SqliteFile(_directory.File("pointbook.db"))).ReadNew());

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _directory.Dispose();
    }
}

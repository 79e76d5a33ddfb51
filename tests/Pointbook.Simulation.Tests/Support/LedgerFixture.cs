using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Support;

/// <summary>The data directory of a ledger that has many entries. Each test uses a copy of it.</summary>
public sealed class LedgerFixture : IAsyncLifetime
{
    private const int Answers = 1_500;
    private readonly TemporaryDirectory _directory = new();

    /// <summary>The sums of the journal.</summary>
    internal Auditor Audit { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        Load load = Load.Start(server, new WriteLog(), Seeded.Seed, Answers);
        await load.WaitUntilBusyAsync();
        await load.FinishAsync(isOver: true);
        await server.StopAsync();
        Audit = new Auditor(new SqliteFile(_directory.File("pointbook.db")));
        Audit.ReadNew();
    }

    /// <summary>Copies the ledger into a directory.</summary>
    public void CopyTo(string directory) => TemporaryDirectory.Copy(_directory.FullName, directory);

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}

using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>A ledger on SQLite with many small commits. Each test uses a copy of it.</summary>
public sealed class MovingFixture : IAsyncLifetime
{
    private const int Answers = 2_500;
    private readonly TemporaryDirectory _directory = new();

    internal WriteLog Log { get; } = new(["default", "hot-1", "hot-2"], coldAccounts: 100);

    /// <summary>The sums of the journal.</summary>
    internal Auditor Audit { get; private set; } = null!;

    /// <summary>An entry with points that is not among the first ones. A credit is an operation by itself.</summary>
    internal long SomeCredit => Audit.Operations.Values.Where(operation => operation.Kind == "credit").Select(operation => operation.Header.Sequence).Order().First(entry => entry >= 100);

    public async ValueTask InitializeAsync()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, "--Partition:BatchSizeMax", "1");
        Load load = Load.Start(server, Log, Seeded.Seed, Answers);
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

using System.Diagnostics;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests;

/// <summary>POINTBOOK_KILLS sets how often the test kills the server. POINTBOOK_SEED repeats the choices of a run.</summary>
public sealed class CrashTests : IDisposable
{
    private const int AnswersMax = 700;
    private static readonly int Kills = Seeded.Setting("POINTBOOK_KILLS") ?? 20;

    /// <summary>The account store gets nothing before the kill, so the next start must catch up with many entries.</summary>
    private static readonly string[] LaggingOptions = ["--SnapshotWriter:RoundDelay", "00:00:10"];

    /// <summary>Erasures end soon, so that kills also meet their ends.</summary>
    private static readonly string[] ErasingOptions = ["--SnapshotWriter:ErasureInterval", "00:00:01"];

    /// <summary>The options of successive starts: defaults, no cache, an account store that lags, and small bounds everywhere.</summary>
    private static readonly string[][] Options =
    [
        [],
        ["--Partition:CacheBytesMax", "0", "--SnapshotWriter:RoundEntriesMax", "50", "--SnapshotWriter:RoundDelay", "00:00:00"],
        LaggingOptions,
        ["--Partition:BatchSizeMax", "3", "--Partition:CacheBytesMax", "20000", "--Partition:LagEntriesMax", "100", "--SnapshotWriter:RoundEntriesMax", "7"],
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly WriteLog _log = new() { HasErasable = true };
    private readonly Random _random = Seeded.Random(Seeded.Seed, -1);
    private readonly Auditor _auditor;
    private readonly Reconciliation _reconciliation;
    private TimeSpan _startTime;

    public CrashTests()
    {
        _auditor = new Auditor(new SqliteFile(JournalFile));
        _reconciliation = new Reconciliation(_log);
    }

    private string JournalFile => _directory.File("pointbook.db");

    [Fact]
    public async Task After_a_kill_every_acknowledged_write_exists_once_and_nothing_else()
    {
        int kill = 0;
        try
        {
            for (; kill < Kills; kill++)
            {
                await RunUntilKilledAsync(kill);
                for (int start = 0; start < 2 && Options[kill % Options.Length] == LaggingOptions; start++)
                {
                    await KillWhileStartingAsync();
                }
            }

            await StopAndAuditAsync();
        }
        catch (Exception failure)
        {
            throw new AuditException($"After {kill} kills with POINTBOOK_SEED={Seeded.Seed}: {failure}");
        }
    }

    public void Dispose() => _directory.Dispose();

    private async Task RunUntilKilledAsync(int kill)
    {
        long launched = Stopwatch.GetTimestamp();
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, [.. Options[kill % Options.Length], .. ErasingOptions]);
        _startTime = Stopwatch.GetElapsedTime(launched);
        // The test kills some servers soon after their start, while clients repeat requests that got no answer.
        bool isSoon = _random.Next(4) == 0;
        if (!isSoon)
        {
            await AuditAsync(server, _auditor.Accounts.Keys.Where(_ => _random.Next(40) == 0));
        }

        // It kills half of the servers exactly when a client gets an answer, and the others at any moment.
        bool isAtAnswer = _random.Next(2) == 0;
        Load load = Load.Start(
            server,
            _log,
            seed: unchecked(Seeded.Seed + kill),
            answersWanted: _random.Next(1, isSoon ? 60 : AnswersMax),
            onAnswersWanted: isAtAnswer ? server.Kill : () => { });
        await load.WaitUntilBusyAsync();
        if (!isAtAnswer)
        {
            await Eventually.AtRandomAsync(_random, TimeSpan.FromMilliseconds(12));
            server.Kill();
        }

        await server.WaitForExitAsync();
        await load.FinishAsync();
    }

    /// <summary>Kills a server before or soon after it listens. It mostly still catches up then, because rounds of one entry take long.</summary>
    private async Task KillWhileStartingAsync()
    {
        await using ServerProcess server = ServerProcess.Launch(
            _directory.FullName, "--Storage:Directory", _directory.FullName, "--urls", "http://127.0.0.1:0", "--SnapshotWriter:RoundEntriesMax", "1");
        await Eventually.AtRandomAsync(_random, _startTime * 1.4, _startTime * 0.4);
        server.Kill();
        await server.WaitForExitAsync();
    }

    /// <summary>Compares clients, journal and balances while the server runs and no client writes.</summary>
    private async Task AuditAsync(ServerProcess server, IEnumerable<string> accounts)
    {
        _reconciliation.Check(_auditor.ReadNew());
        Assert.Equal(_auditor.Last, await Seals.VerifyAsync(JournalFile));
        using LedgerClient client = server.NewClient();
        foreach (string account in accounts.ToArray())
        {
            Assert.Equal(_auditor.Accounts[account].Balance, await client.BalanceAsync(account));
        }
    }

    private async Task StopAndAuditAsync()
    {
        SqliteFile accountStore = new(_directory.File("pointbook.accounts.db"));
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, ErasingOptions))
        {
            await Load.RepeatUnansweredAsync(server, _log);
            Assert.DoesNotContain(_log.Writes, write => write is { Key: not null, IsOnce: false, State: WriteState.Unanswered });
            await AuditAsync(server, _auditor.Accounts.Keys);
            await Eventually.TrueAsync(() => Task.FromResult(ErasureAudit.IsFinished(accountStore, _auditor)), Deadline.Short, () => $"All erasures are finished.\n{server}");
            await server.StopAsync();
        }

        Auditor fresh = new(new SqliteFile(JournalFile));
        fresh.ReadNew();
        Assert.Equal(_auditor.Last, fresh.Last);
        Assert.Equal(_auditor.Seal, fresh.Seal);
        Assert.Equal(fresh.Last, await Seals.VerifyAsync(JournalFile));
        AccountStoreAudit.Check(accountStore, fresh);
        ErasureAudit.CheckFinished(accountStore, fresh);
        ErasureAudit.CheckSameFigures(_auditor, fresh);
        AssertLoadRan();
    }

    /// <summary>Checks that the run wrote enough to prove something.</summary>
    private void AssertLoadRan()
    {
        WriteLine($"seed {Seeded.Seed}, {Kills} kills, {_auditor.Last} entries, {_log.Writes.Count} writes, {_auditor.Erased.Count} erasures");
        foreach (IGrouping<(WriteKind, bool, WriteState, bool), Write> group in _log.Writes.GroupBy(
            write => (write.Kind, write.Key is not null, write.State, write.Recorded is not null)))
        {
            WriteLine($"{group.Key}: {group.Count()}");
        }

        HashSet<string> kinds = [.. _auditor.Operations.Values.Select(operation => operation.Header.Kind)];
        Assert.Superset(new HashSet<string> { "credit", "deduction", "spend", "flush", "erasure" }, kinds);
        Assert.Contains(_log.Writes, write => write.State == WriteState.Refused);
    }

    private static void WriteLine(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}

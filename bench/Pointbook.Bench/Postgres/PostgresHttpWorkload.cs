using System.Globalization;
using Pointbook.Bench.Engine;
using Pointbook.Bench.Http;
using Pointbook.Bench.Reporting;
using Pointbook.Bench.Workloads;

namespace Pointbook.Bench.Postgres;

/// <summary>The server over HTTP on PostgreSQL, with several numbers of partitions, compared with a hand-written spend in PL/pgSQL.</summary>
internal sealed class PostgresHttpWorkload(Arguments arguments) : IWorkload
{
    private const int FillCallers = 1_024;

    // After its turn a server continues to write for a while. This must not slow down the next candidate.
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromSeconds(1);
    private readonly int _accounts = arguments.Number("accounts", 10_000);
    private readonly int _lotsPerAccount = arguments.Number("lots", 50);
    private readonly int[] _partitions = arguments.Numbers("partitions", 1, 4, 16);
    private readonly int _clients = arguments.Number("clients", 16);
    private readonly int _connections = arguments.Number("connections", 64);
    private readonly int _seconds = arguments.Number("seconds", 3);
    private readonly int _rounds = arguments.Number("rounds", 5);
    private readonly string? _program = arguments.OptionalText("server");

    public Arguments Arguments => arguments;

    public async Task RunAsync(Report report)
    {
        string program = _program ?? ServerProgram.Find();
        await using PostgresServer database = await PostgresServer.StartAsync(report);
        await using PlpgsqlBaseline baseline = await PlpgsqlBaseline.CreateAsync(database, report, _clients, _seconds, _accounts, _lotsPerAccount);
        List<(int Partitions, ServerProcess Process)> servers = [];
        try
        {
            foreach (int partitions in _partitions)
            {
                servers.Add((partitions, await StartServerAsync(program, await database.CreateDatabaseAsync(), partitions)));
            }

            await RunAsync(report, baseline, servers);
        }
        finally
        {
            foreach ((_, ServerProcess process) in servers)
            {
                await process.DisposeAsync();
            }
        }
    }

    private async Task RunAsync(Report report, PlpgsqlBaseline baseline, List<(int Partitions, ServerProcess Process)> servers)
    {
        await baseline.FillAsync();
        await baseline.SettleAsync();
        Comparison comparison = new(
        [
            [new Candidate("spends", PlpgsqlBaseline.Name, baseline.SpendAsync)],
            .. servers.Select(server => SpendsAndAdds(server.Partitions, server.Process)),
        ]);
        await comparison.RunAsync(_rounds, baseline.FillAsync);
        report.Add(comparison.ToTable(
            $"http, {_connections} connections, {_accounts} accounts of {_lotsPerAccount} lots, medians of {_rounds} rounds of {_seconds} s", PlpgsqlBaseline.Name));
        report.Write($"draws per spend in {PlpgsqlBaseline.Name}: {await baseline.ReadDrawsPerSpendAsync():N2}");
    }

    private Candidate[] SpendsAndAdds(int partitions, ServerProcess server)
    {
        string name = $"{partitions} partition{(partitions == 1 ? "" : "s")}";
        return
        [
            new Candidate("spends", name, () => MeasureAsync(server, "spends"), PlpgsqlBaseline.Name),
            new Candidate("adds", name, () => MeasureAsync(server, "adds")),
        ];
    }

    private async Task<Measurement> MeasureAsync(ServerProcess server, string what)
    {
        WrkResult result = await new Wrk(_connections, _seconds, _accounts).RunAsync(server.Url, what);
        await Task.Delay(CatchUpTime);
        return new Measurement(result.PerSecond, _connections, result.P99 / 1_000, result.Failed);
    }

    private async Task<ServerProcess> StartServerAsync(string program, string connectionString, int partitions)
    {
        await using (EngineUnderTest engine = await EngineUnderTest.OpenPostgresAsync(connectionString, partitions))
        {
            await new AccountPool(new Population(_accounts), _lotsPerAccount).FillAsync(engine, FillCallers);
        }

        return await ServerProcess.StartAsync(program, url =>
        [
            "--urls", url,
            "--Storage:Provider", "Postgres",
            "--Storage:ConnectionStrings", connectionString,
            "--Storage:Partitions", partitions.ToString(CultureInfo.InvariantCulture),
            "--Logging:LogLevel:Default", "Warning",
        ]);
    }
}

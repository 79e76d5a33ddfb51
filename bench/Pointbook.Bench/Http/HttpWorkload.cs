using System.Globalization;
using System.Net;
using System.Text;
using Pointbook.Bench.Engine;
using Pointbook.Bench.Reporting;
using Pointbook.Bench.Workloads;

namespace Pointbook.Bench.Http;

/// <summary>The same load alternately on the server and on a bare endpoint. The result is the ratio.</summary>
internal sealed class HttpWorkload(Arguments arguments) : IWorkload
{
    private const int LotsPerAccount = 50;
    private const int FillCallers = 1_024;
    private static readonly string[] Kinds = ["spends", "adds"];
    private readonly int _accounts = arguments.Number("accounts", 10_000);
    private readonly int _connections = arguments.Number("connections", 64);
    private readonly int _seconds = arguments.Number("seconds", 5);
    private readonly int _rounds = arguments.Number("rounds", 5);
    private readonly bool _isBareOnly = arguments.Flag("bare-only");
    private readonly string? _program = arguments.OptionalText("server");

    public Arguments Arguments => arguments;

    public async Task RunAsync(Report report)
    {
        using ScratchDirectory directory = new(arguments.Directory);
        await using ServerProcess? server = _isBareOnly ? null : await StartServerAsync(directory.Path);
        (int addBytes, int spendBytes) = server is null ? (200, 300) : (
            await MeasureReplyAsync(server.Url, "transactions", """{"payer":"PAYER 1","points":100,"timestamp":"2024-01-01T00:00:00Z"}"""),
            await MeasureReplyAsync(server.Url, "spends", """{"points":100}"""));
        await using ServerProcess bare = await StartBareAsync(addBytes, spendBytes);
        report.Write($"replies:      {addBytes} bytes for an add, {spendBytes} bytes for a spend");

        Dictionary<(string Kind, bool IsBare), List<WrkResult>> results = [];
        Wrk wrk = new(_connections, _seconds, _accounts);
        // An extra round before the first one warms up.
        for (int round = -1; round < _rounds; round++)
        {
            foreach (string kind in Kinds)
            {
                // Every other round has the reverse order, so that neither server always runs when the machine is fastest.
                foreach (bool isBare in round % 2 == 0 ? new[] { false, true } : [true, false])
                {
                    if ((isBare ? bare : server) is { } target)
                    {
                        WrkResult result = await wrk.RunAsync(target.Url, kind);
                        results.TryAdd((kind, isBare), []);
                        results[(kind, isBare)].AddRange(round < 0 ? [] : [result]);
                    }
                }
            }
        }

        AddTable(report, results);
    }

    private void AddTable(Report report, Dictionary<(string Kind, bool IsBare), List<WrkResult>> results)
    {
        Table table = new(
            $"http, {_connections} connections, {_accounts} accounts of {LotsPerAccount} lots, medians of {_rounds} rounds of {_seconds} s",
            "what", "server", "per second", "lowest", "highest", "of bare", "p50 ms", "p99 ms", "failed");
        foreach (string kind in Kinds)
        {
            List<WrkResult> bare = results[(kind, true)];
            foreach (bool isBare in new[] { true, false })
            {
                if (results.TryGetValue((kind, isBare), out List<WrkResult>? runs))
                {
                    table.Add(
                        kind, isBare ? "bare" : "pointbook", Statistics.Median(runs.Select(run => run.PerSecond)),
                        runs.Min(run => run.PerSecond), runs.Max(run => run.PerSecond),
                        Statistics.Median(runs.Zip(bare, (run, reference) => run.PerSecond / reference.PerSecond)),
                        Statistics.Median(runs.Select(run => run.P50 / 1_000)), Statistics.Median(runs.Select(run => run.P99 / 1_000)),
                        (double)runs.Sum(run => run.Failed));
                }
            }
        }

        report.Add(table);
    }

    private async Task<ServerProcess> StartServerAsync(string directory)
    {
        string program = _program ?? ServerProgram.Find();
        await using (EngineUnderTest engine = await EngineUnderTest.OpenSqliteAsync(directory))
        {
            await new AccountPool(new Population(_accounts), LotsPerAccount).FillAsync(engine, FillCallers);
        }

        return await ServerProcess.StartAsync(program, url => ["--urls", url, "--Storage:Directory", directory, "--Logging:LogLevel:Default", "Warning"]);
    }

    private static Task<ServerProcess> StartBareAsync(int addBytes, int spendBytes) => ServerProcess.StartAsync(
        Environment.ProcessPath!,
        url =>
        [
            "bare", "--url", url,
            "--add-bytes", addBytes.ToString(CultureInfo.InvariantCulture),
            "--spend-bytes", spendBytes.ToString(CultureInfo.InvariantCulture),
        ],
        isServerGarbageCollection: true);

    /// <summary>The length of the server's reply.</summary>
    private static async Task<int> MeasureReplyAsync(string url, string resource, string body)
    {
        using HttpClient client = new();
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage reply = await client.PostAsync(new Uri($"{url}/v1/accounts/account-1/{resource}"), content);
        string text = await reply.Content.ReadAsStringAsync();
        return reply.StatusCode == HttpStatusCode.Created
            ? Encoding.UTF8.GetByteCount(text)
            : throw new BenchException($"POST {resource} gave {(int)reply.StatusCode}: {text}");
    }
}

using System.Security.Cryptography;
using Pointbook.Access;
using Pointbook.Bench.Engine;
using Pointbook.Bench.Reporting;
using Pointbook.Bench.Workloads;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Bench.Http;

/// <summary>The cost of authentication: the same load alternately on an open server and on one that requires credentials, both of the same build.</summary>
internal sealed class AccessWorkload(Arguments arguments) : IWorkload
{
    private const int LotsPerAccount = 5;
    private const int FillCallers = 1_024;
    private static readonly string[] Kinds = ["balances", "adds"];
    private readonly int _accounts = arguments.Number("accounts", 10_000);
    private readonly int _connections = arguments.Number("connections", 64);
    private readonly int _seconds = arguments.Number("seconds", 5);
    private readonly int _rounds = arguments.Number("rounds", 5);
    private readonly string? _program = arguments.OptionalText("server");

    public Arguments Arguments => arguments;

    public async Task RunAsync(Report report)
    {
        using ScratchDirectory directory = new(arguments.Directory);
        Directory.CreateDirectory(directory.Path);
        using TokenIssuer issuer = new(Path.Combine(directory.Path, "keys.json"));
        await using ServerProcess open = await StartAsync(Path.Combine(directory.Path, "open"));
        string keyed = Path.Combine(directory.Path, "keyed");
        string key = await CreateKeyAsync(keyed);
        await using ServerProcess guarded = await StartAsync(keyed, issuer.ServerArguments);
        Subject[] subjects =
        [
            new("nobody asks", open, null), new("key", guarded, key), new("token, RS256", guarded, issuer.SignRsa()), new("token, ES256", guarded, issuer.SignEc()),
        ];

        Wrk wrk = new(_connections, _seconds, _accounts);
        // An extra round before the first one warms up.
        for (int round = -1; round < _rounds; round++)
        {
            foreach (string kind in Kinds)
            {
                // Every other round has the reverse order, so that no subject always runs when the machine is fastest.
                foreach (Subject subject in round % 2 == 0 ? subjects : subjects.Reverse())
                {
                    WrkResult result = await wrk.RunAsync(subject.Server.Url, kind, credentials: subject.Credentials);
                    subject.Runs(kind).AddRange(round < 0 ? [] : [result]);
                }
            }
        }

        AddTable(report, subjects);
    }

    private void AddTable(Report report, Subject[] subjects)
    {
        Table table = new(
            $"http, {_connections} connections, {_accounts} accounts of {LotsPerAccount} lots, medians of {_rounds} rounds of {_seconds} s",
            "what", "caller", "per second", "lowest", "highest", "of nobody asks", "p50 ms", "p99 ms", "failed");
        foreach (string kind in Kinds)
        {
            foreach (Subject subject in subjects)
            {
                List<WrkResult> runs = subject.Runs(kind);
                table.Add(
                    kind, subject.Name, Statistics.Median(runs.Select(run => run.PerSecond)), runs.Min(run => run.PerSecond), runs.Max(run => run.PerSecond),
                    Statistics.Median(runs.Zip(subjects[0].Runs(kind), (run, reference) => run.PerSecond / reference.PerSecond)),
                    Statistics.Median(runs.Select(run => run.P50 / 1_000)), Statistics.Median(runs.Select(run => run.P99 / 1_000)),
                    (double)runs.Sum(run => run.Failed));
            }
        }

        report.Add(table);
    }

    private async Task<ServerProcess> StartAsync(string directory, params string[] more)
    {
        Directory.CreateDirectory(directory);
        await using (EngineUnderTest engine = await EngineUnderTest.OpenSqliteAsync(directory))
        {
            await new AccountPool(new Population(_accounts), LotsPerAccount).FillAsync(engine, FillCallers);
        }

        return await ServerProcess.StartAsync(
            _program ?? ServerProgram.Find(),
            url => ["--urls", url, "--Storage:Directory", directory, "--Logging:LogLevel:Default", "Warning", .. more]);
    }

    private static async Task<string> CreateKeyAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        KeySecret secret = KeySecret.Create(RandomNumberGenerator.GetBytes(KeySecret.RandomLength));
        ApiKey key = new(
            secret.Id, KeyName.FromTrusted("bench"), secret.Hash, Scopes.All, AccountLimits.FromTrusted(""), Instant.FromUnixMicroseconds(0), "bench");
        await using SqliteKeyStore store = SqliteKeyStore.Open(new SqliteStoreOptions { Directory = directory });
        await store.AddAsync(key, countMax: 1, CancellationToken.None);
        return secret.Reveal();
    }

    /// <param name="Name">The name in the table.</param>
    /// <param name="Server">The server that gets the requests.</param>
    /// <param name="Credentials">The credentials of the requests.</param>
    private sealed record Subject(string Name, ServerProcess Server, string? Credentials)
    {
        private readonly Dictionary<string, List<WrkResult>> _runs = Kinds.ToDictionary(kind => kind, _ => new List<WrkResult>());

        public List<WrkResult> Runs(string kind) => _runs[kind];
    }
}

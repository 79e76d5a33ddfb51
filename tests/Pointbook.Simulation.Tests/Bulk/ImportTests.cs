using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Bulk;

/// <summary>POINTBOOK_LINES sets how many lines the test imports. POINTBOOK_SEED repeats the moment of the kill.</summary>
public sealed class ImportTests : IDisposable
{
    /// <summary>The memory that the server may use, however long the import is: its own 100 MB, the bounds below, and uncollected garbage.</summary>
    private const long MemoryMax = 800L << 20;

    private const int BalancesAsked = 200;
    private static readonly int Lines = Seeded.Setting("POINTBOOK_LINES") ?? 500_000;

    private static readonly string[] Options =
        ["--Partition:CacheBytesMax", (128 << 20).ToString(CultureInfo.InvariantCulture), "--Partition:LagEntriesMax", "200000"];

    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Random _random = Seeded.Random(Seeded.Seed, -2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_import_that_is_killed_and_repeated_is_written_once_in_bounded_memory()
    {
        try
        {
            await ImportUntilKilledAsync();
            await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, Options);
            long written = await ReadLastSequenceAsync(server);
            Assert.InRange(written, 1, Lines - 1);

            JsonNode summary = await ImportAsync(server);
            Assert.Equal(
                (Lines - written, written, 0L, (long)Lines, (string?)null),
                (Of(summary, "accepted"), Of(summary, "replayed"), Of(summary, "refused"), Of(summary, "lastLine"), summary["stopped"]?.ToJsonString()));
            Assert.Equal(Lines, await ReadLastSequenceAsync(server));
            await CheckBalancesAsync(server);
            CheckJournal();
            CheckMemory(server);
            await server.StopAsync();
        }
        catch (Exception failure)
        {
            throw new AuditException($"With POINTBOOK_SEED={Seeded.Seed}: {failure}");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    private async Task ImportUntilKilledAsync()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, Options);
        long killAt = (long)(Lines * (0.2 + (0.3 * _random.NextDouble())));
        long begin = Stopwatch.GetTimestamp();
        Task<JsonNode> import = ImportAsync(server);
        await Eventually.TrueAsync(
            async () => await ReadLastSequenceAsync(server) >= killAt,
            Deadline.Long,
            () => $"The import did not reach line {killAt}.\n{server}");
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        CheckMemory(server);
        await server.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => import);
        WriteLine($"{killAt} lines until the kill, {killAt / time.TotalSeconds:F0} lines/s");
    }

    private async Task<JsonNode> ImportAsync(ServerProcess server)
    {
        long begin = Stopwatch.GetTimestamp();
        using HttpRequestMessage request = LineFile.NewRequest(server.Address, Lines);
        using HttpResponseMessage response = await _http.SendAsync(request, Token);
        string reply = await response.Content.ReadAsStringAsync(Token);
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        string[] lines = reply.TrimEnd().Split('\n');
        Assert.True(lines.Length == 1, $"Lines were refused. The first refusal: {lines[0]}");
        WriteLine($"{lines[0]} in {time.TotalSeconds:F1} s, {Lines / time.TotalSeconds:F0} lines/s");
        return JsonNode.Parse(lines[0])!;
    }

    private async Task<long> ReadLastSequenceAsync(ServerProcess server)
    {
        string heads = await _http.GetStringAsync(new Uri(server.Address, "/v1/journal"), Token);
        return Of(JsonNode.Parse(heads)!["partitions"]![0]!, "lastSequence");
    }

    private async Task CheckBalancesAsync(ServerProcess server)
    {
        using LineFile file = new(Lines);
        using LedgerClient client = server.NewClient();
        for (int count = 0; count < BalancesAsked; count++)
        {
            int account = _random.Next(LineFile.Accounts);
            Assert.Equal(file.PointsOf(account), await client.TotalAsync(LineFile.NameOf(account)));
        }
    }

    /// <summary>Counts what is in the file, and does not ask the server.</summary>
    private void CheckJournal()
    {
        using LineFile file = new(Lines);
        AuditedChain journal = new(new SqliteFile(_directory.File("pointbook.db")), partition: 0);
        HashSet<string> keys = new(StringComparer.Ordinal);
        Dictionary<string, long> points = new(StringComparer.Ordinal);
        int entries = 0;
        foreach (JournalRow entry in journal.ReadNew().SelectMany(commit => commit.Entries))
        {
            entries++;
            keys.Add(entry.Key!);
            points[entry.Account] = points.GetValueOrDefault(entry.Account) + entry.Points;
        }

        Assert.Equal((Lines, Lines), (entries, keys.Count));
        Assert.Equal(Math.Min(Lines, LineFile.Accounts), points.Count);
        Assert.All(Enumerable.Range(0, points.Count), account => Assert.Equal(file.PointsOf(account), points[LineFile.NameOf(account)]));
    }

    private static void CheckMemory(ServerProcess server)
    {
        long peak = server.MemoryPeak;
        WriteLine($"memory at most {peak >> 20} MiB");
        Assert.True(peak <= MemoryMax, $"The server took {peak >> 20} MiB; it may take {MemoryMax >> 20} MiB.");
    }

    private static long Of(JsonNode node, string member) => node[member]!.GetValue<long>();

    private static void WriteLine(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}

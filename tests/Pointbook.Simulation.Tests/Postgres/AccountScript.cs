using System.Diagnostics;
using System.Globalization;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>An account to which only one client writes, so that the client knows the correct answer of every server. Only one task uses it at a time.</summary>
internal sealed class AccountScript(string account, Random random)
{
    private const string Timestamp = "2020-10-31T10:00:00Z";
    private static readonly string[] Payers = ["DANNON", "UNILEVER", "MILLER COORS"];
    private readonly SortedDictionary<string, long> _points = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _readCounts = [];
    private Func<LedgerClient, Task<Reply>> _repeatLast = _ => throw new InvalidOperationException("Nothing was written yet.");
    private Reply? _last;
    private string? _lastKey;
    private int _serial;

    /// <summary>How often the client sent each question.</summary>
    public IReadOnlyDictionary<string, int> ReadCounts => _readCounts;

    private long Total => _points.Values.Sum();

    /// <summary>Sends a write that the server must accept, and waits for the acknowledgement.</summary>
    public async Task WriteAsync(LedgerClient server)
    {
        string payer = Payers[random.Next(Payers.Length)];
        switch (random.Next(10))
        {
            case < 3 when Total > 0:
                await SpendAsync(server, 1 + random.NextInt64(Total));
                break;
            case < 5 when _points.GetValueOrDefault(payer) > 0:
                await AddAsync(server, payer, -1 - random.NextInt64(_points[payer]));
                break;
            case < 7 when account == WriteLog.ClassicAccount && _points.Count > 0:
                await SendAsync(server, (to, key) => to.PostAsync("/flushDB", "", key));
                _points.Clear();
                break;
            default:
                await AddAsync(server, payer, random.Next(1, 1_000));
                break;
        }
    }

    /// <summary>Sends a question whose answer depends on the last write.</summary>
    public async Task ReadAsync(LedgerClient server)
    {
        string payer = Payers[random.Next(Payers.Length)];
        switch (random.Next(6))
        {
            case 0:
                CheckBalance(await AnswerAsync("balance", () => server.ReadBalanceReplyAsync(account)));
                break;
            case 1:
                long more = Total + 1;
                Reply overspent = await AnswerAsync("overspent", () => server.SpendAsync(account, more));
                Check(overspent.Code == "insufficient_points" && overspent.Json["available"]!.GetValue<long>() == Total, overspent);
                break;
            case 2:
                Reply overdrawn = await AnswerAsync("overdrawn", () => server.AddAsync(account, payer, -1 - _points.GetValueOrDefault(payer), Timestamp));
                Check(overdrawn.Code == "insufficient_payer_points", overdrawn);
                break;
            case 3:
                Reply replayed = await AnswerAsync("replayed", () => _repeatLast(server));
                Check(replayed == _last! with { IsReplay = true }, replayed);
                break;
            case 4:
                Reply mismatch = await AnswerAsync("mismatch", () => server.SpendAsync(account, long.MaxValue, _lastKey));
                Check(mismatch.Code == "idempotency_mismatch", mismatch);
                break;
            case 5 when Total > 0:
                Count("spent");
                await SpendAsync(server, Total);
                break;
        }
    }

    public override string ToString() => $"{account} with {string.Join(", ", _points)} after {_lastKey}, {_last}";

    private async Task AddAsync(LedgerClient server, string payer, long points)
    {
        await SendAsync(server, (to, key) => to.AddAsync(account, payer, points, Timestamp, key));
        _points[payer] = _points.GetValueOrDefault(payer) + points;
    }

    private async Task SpendAsync(LedgerClient server, long points)
    {
        Reply spend = await SendAsync(server, (to, key) => to.SpendAsync(account, points, key));
        foreach (var line in spend.Json["allocations"]!.AsArray())
        {
            _points[line!["payer"]!.GetValue<string>()] -= line["points"]!.GetValue<long>();
        }
    }

    private async Task<Reply> SendAsync(LedgerClient server, Func<LedgerClient, string, Task<Reply>> send)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{account}-{++_serial}");
        Reply reply = await RepeatAsync(() => send(server, key));
        Check(reply.IsDone, reply);
        (_lastKey, _last, _repeatLast) = (key, reply, to => send(to, key));
        return reply;
    }

    private Task<Reply> AnswerAsync(string what, Func<Task<Reply>> ask)
    {
        Count(what);
        return RepeatAsync(ask);
    }

    /// <summary>Repeats a request while the server says that it is too busy. This can happen if other clients write to the same partition.</summary>
    private async Task<Reply> RepeatAsync(Func<Task<Reply>> ask)
    {
        long begin = Stopwatch.GetTimestamp();
        Reply reply;
        do
        {
            Assert.True(Stopwatch.GetElapsedTime(begin) < Deadline.Short, $"No answer for {this}.");
            reply = await ask();
        }
        while (reply.CanBeRepeated);
        return reply;
    }

    private void CheckBalance(Reply reply)
    {
        Check(reply.IsDone, reply);
        Check(LedgerClient.ToBalance(reply).OrderBy(line => line.Key, StringComparer.Ordinal).SequenceEqual(_points), reply);
    }

    private void Check(bool holds, Reply reply) => Assert.True(holds, $"{this} got the answer {reply}.");

    private void Count(string what) => _readCounts[what] = _readCounts.GetValueOrDefault(what) + 1;
}

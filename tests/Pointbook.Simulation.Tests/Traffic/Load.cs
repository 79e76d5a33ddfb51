using System.Net;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Traffic;

/// <summary>Many clients that keep a server busy until it is gone.</summary>
internal sealed class Load
{
    public const int Clients = 40;
    private readonly ServerProcess _server;
    private readonly WriteLog _log;
    private readonly long _answersWanted;
    private readonly Action _onAnswersWanted;
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _clients;
    private long _answers;
    private volatile bool _isOver;

    private Load(ServerProcess server, WriteLog log, int seed, int answersWanted, Action onAnswersWanted)
    {
        (_server, _log, _answersWanted, _onAnswersWanted) = (server, log, answersWanted, onAnswersWanted);
        _clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => RunAsync(Seeded.Random(seed, client)))));
    }

    /// <summary>Sets the clients going.</summary>
    /// <param name="server">Whom they ask.</param>
    /// <param name="log">What they send is in it.</param>
    /// <param name="seed">Where their choices come from.</param>
    /// <param name="answersWanted">After how many answers <see cref="WaitUntilBusyAsync"/> ends.</param>
    /// <param name="onAnswersWanted">What the client does that gets the last of them, before anything else.</param>
    public static Load Start(ServerProcess server, WriteLog log, int seed, int answersWanted, Action? onAnswersWanted = null) =>
        new(server, log, seed, answersWanted, onAnswersWanted ?? (() => { }));

    /// <summary>Waits until the wanted number of answers has come.</summary>
    public async Task WaitUntilBusyAsync()
    {
        Task first = await Task.WhenAny(_enough.Task, _clients).WaitAsync(Deadline.Short);
        await first;
        Assert.True(_enough.Task.IsCompleted, $"The server went away under load.\n{_server}");
    }

    /// <summary>Waits for all clients; they end when the server is gone, or at the latest when <paramref name="isOver"/> tells them to.</summary>
    public Task FinishAsync(bool isOver = false)
    {
        _isOver |= isOver;
        return _clients.WaitAsync(Deadline.Short);
    }

    /// <summary>Sends everything with a key that got no answer again, until all of it is answered.</summary>
    public static Task RepeatUnansweredAsync(ServerProcess server, WriteLog log) => Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
    {
        using LedgerClient client = server.NewClient();
        while (log.TryTakeUnanswered(out Write? write))
        {
            await SendAsync(client, log, write!);
        }
    }));

    private async Task RunAsync(Random random)
    {
        using LedgerClient client = _server.NewClient();
        try
        {
            while (!_isOver)
            {
                await (random.Next(100) < 15 ? ReadAsync(client, WriteLog.Account(random)) : SendAsync(client, _log, NextWrite(random)));
                if (Interlocked.Increment(ref _answers) == _answersWanted)
                {
                    _onAnswersWanted();
                    _enough.TrySetResult();
                }
            }
        }
        catch (HttpRequestException)
        {
            // The server is gone.
        }
    }

    private static async Task ReadAsync(LedgerClient client, string account) =>
        Assert.All(
            account == WriteLog.ClassicAccount ? await client.ClassicBalanceAsync() : await client.BalanceAsync(account),
            line => Assert.InRange(line.Value, 0, long.MaxValue));

    private Write NextWrite(Random random)
    {
        if (_log.TryTakeUnanswered(out Write? write) || (random.Next(12) == 0 && _log.TryTakeDone(out write)))
        {
            return write!;
        }

        return random.Next(300) switch
        {
            0 => _log.NewFlush(random),
            < 90 => _log.NewSpend(random),
            _ => _log.NewTransaction(random),
        };
    }

    /// <summary>Sends a write and takes note of the answer.</summary>
    private static async Task SendAsync(LedgerClient client, WriteLog log, Write write)
    {
        try
        {
            Take(write, await write.SendAsync(client));
        }
        finally
        {
            log.GiveBack(write);
        }
    }

    private static void Take(Write write, Reply reply)
    {
        if (write.State == WriteState.Done)
        {
            // A flush of an empty account writes nothing and claims no key; everything else is answered as the first time.
            if (write.Kind != WriteKind.Flush && reply != write.Reply! with { IsReplay = true })
            {
                throw new AuditException($"{write} was answered again with {reply}.");
            }

            return;
        }

        bool isRefused = reply.Status is HttpStatusCode.UnprocessableEntity && reply.Code is "insufficient_points" or "insufficient_payer_points";
        // Nothing was written by this attempt; by an earlier one it may have been.
        bool isToRepeat = reply.Status is HttpStatusCode.ServiceUnavailable;
        if (!reply.IsDone && !isRefused && !isToRepeat)
        {
            throw new AuditException($"{write} was answered with {reply}.");
        }

        write.State = reply.IsDone ? WriteState.Done : isRefused ? WriteState.Refused : WriteState.Unanswered;
        write.Reply = reply;
    }
}

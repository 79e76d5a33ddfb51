using System.Collections.Concurrent;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Traffic;

/// <summary>Many clients that keep servers busy.</summary>
internal sealed class Load
{
    public const int Clients = 40;
    private readonly IReadOnlyList<ILoadTarget> _targets;
    private readonly WriteLog _log;
    private readonly bool _outlastsServers;
    private readonly long _answersWanted;
    private readonly Action _onAnswersWanted;
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly Task _clients;
    private long _answers;
    private volatile bool _isOver;

    private Load(
        IReadOnlyList<ILoadTarget> targets, WriteLog log, int seed, int clients, bool outlastsServers, long answersWanted, Action onAnswersWanted)
    {
        (_targets, _log, _outlastsServers) = (targets, log, outlastsServers);
        (_answersWanted, _onAnswersWanted) = (answersWanted, onAnswersWanted);
        _clients = Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => RunAsync(Seeded.Random(seed, client)))));
    }

    /// <summary>How often the servers gave each answer. Problems are counted by their code.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>Starts clients that end when the server ends.</summary>
    /// <param name="server">The server that the clients use.</param>
    /// <param name="log">The log of what they send.</param>
    /// <param name="seed">The seed of their choices.</param>
    /// <param name="answersWanted">After how many answers <see cref="WaitUntilBusyAsync"/> ends.</param>
    /// <param name="onAnswersWanted">What the client that gets the last of these answers does before anything else.</param>
    public static Load Start(ServerProcess server, WriteLog log, int seed, int answersWanted, Action? onAnswersWanted = null) =>
        new([server], log, seed, Clients, outlastsServers: false, answersWanted, onAnswersWanted ?? (() => { }));

    /// <summary>Starts clients that choose a server for each request, and continue whatever happens to the servers.</summary>
    /// <param name="servers">The servers that the clients use. All of them serve the same accounts.</param>
    /// <param name="log">The log of what they send.</param>
    /// <param name="seed">The seed of their choices.</param>
    /// <param name="clients">The number of clients.</param>
    /// <param name="answersWanted">After how many answers <see cref="WaitUntilBusyAsync"/> ends.</param>
    public static Load StartLasting(IReadOnlyList<ILoadTarget> servers, WriteLog log, int seed, int clients, int answersWanted) =>
        new(servers, log, seed, clients, outlastsServers: true, answersWanted, () => { });

    /// <summary>Waits until the clients have the wanted number of answers.</summary>
    public async Task WaitUntilBusyAsync()
    {
        Task first = await Task.WhenAny(_enough.Task, _clients).WaitAsync(Deadline.Short);
        await first;
        Assert.True(_enough.Task.IsCompleted, $"The server went away under load.\n{string.Join('\n', _targets)}");
    }

    /// <summary>Waits for all clients. They end when the server has ended, or at the latest when <paramref name="isOver"/> tells them to.</summary>
    public Task FinishAsync(bool isOver = false)
    {
        _isOver |= isOver;
        return _clients.WaitAsync(Deadline.Short);
    }

    /// <summary>Waits until the clients have that many more answers, or until all clients have ended.</summary>
    public Task WaitForAnswersAsync(int more)
    {
        long wanted = Interlocked.Read(ref _answers) + more;
        return Eventually.TrueAsync(
            () => Task.FromResult(Interlocked.Read(ref _answers) >= wanted || _clients.IsCompleted),
            Deadline.Short,
            () => $"No server answers.\n{string.Join('\n', _targets)}");
    }

    /// <summary>Repeats every write with a key that got no answer, until all of them have one.</summary>
    public static Task RepeatUnansweredAsync(ILoadTarget server, WriteLog log) => Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
    {
        using LedgerClient client = server.NewClient();
        while (log.TryTakeUnanswered(out Write? write))
        {
            await SendAsync(client, server, log, write!, remainsInDoubt: false);
        }
    }));

    private async Task RunAsync(Random random)
    {
        LedgerClient[] clients = [.. _targets.Select(target => target.NewClient())];
        try
        {
            while (!_isOver)
            {
                await TryStepAsync(clients, random);
            }
        }
        catch (HttpRequestException) when (!_outlastsServers)
        {
            // The server has ended.
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }
    }

    private async Task TryStepAsync(LedgerClient[] clients, Random random)
    {
        int target = random.Next(clients.Length);
        Write? write = random.Next(100) < 15 ? null : NextWrite(random);
        try
        {
            Reply reply = write is null
                ? await ReadAsync(clients[target], _log.Account(random))
                : await SendAsync(clients[target], _targets[target], _log, write, _outlastsServers);
            Count(reply.IsDone ? "done" : reply.Code!);
        }
        catch (Exception lost) when (_outlastsServers && lost is HttpRequestException or TaskCanceledException)
        {
            // A server that is down refuses connections so fast that its clients would use up the time of the other server.
            Count(IsSent(lost) ? lost is TaskCanceledException ? "timeout" : "broken" : "unreachable");
            await Eventually.AtRandomAsync(random, TimeSpan.FromMilliseconds(IsSent(lost) ? 0 : 40));
            return;
        }

        if (Interlocked.Increment(ref _answers) == _answersWanted)
        {
            _onAnswersWanted();
            _enough.TrySetResult();
        }
    }

    private void Count(string what) => _counts.AddOrUpdate(what, 1, (_, count) => count + 1);

    private async Task<Reply> ReadAsync(LedgerClient client, string account)
    {
        bool isClassic = account == WriteLog.ClassicAccount;
        Reply reply = await (isClassic ? client.GetAsync("/balance") : client.ReadBalanceReplyAsync(account));
        if (_outlastsServers && reply.CanBeRepeated)
        {
            return reply;
        }

        Assert.True(reply.IsDone, reply.ToString());
        Assert.All(isClassic ? LedgerClient.ToClassicBalance(reply) : LedgerClient.ToBalance(reply), line => Assert.InRange(line.Value, 0, long.MaxValue));
        return reply;
    }

    private Write NextWrite(Random random)
    {
        if (_log.HasErasable && random.Next(8) == 0)
        {
            return _log.NewOnErasable(random);
        }

        if (_log.TryTakeUnanswered(out Write? write) || (random.Next(12) == 0 && _log.TryTakeCompleted(out write)))
        {
            return write!;
        }

        return random.Next(300) switch
        {
            0 when _log.HasClassic => _log.NewFlush(random),
            < 90 => _log.NewSpend(random),
            _ => _log.NewTransaction(random),
        };
    }

    /// <summary>Sends a write and notes the answer.</summary>
    private static async Task<Reply> SendAsync(LedgerClient client, ILoadTarget server, WriteLog log, Write write, bool remainsInDoubt)
    {
        try
        {
            Reply reply = await write.SendAsync(client);
            write.Take(reply, server.Name);
            return reply;
        }
        catch (Exception lost) when (IsSent(lost))
        {
            // If servers share a store, a write may become durable even after the server that received it has ended.
            write.IsInDoubt |= remainsInDoubt;
            throw;
        }
        finally
        {
            log.ReturnForRepeat(write);
        }
    }

    /// <summary>Whether a request without an answer may have reached a server.</summary>
    private static bool IsSent(Exception lost) => lost is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };
}

using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Bulk;

/// <summary>The lines of an import that wait for the ledger. Their answers are processed in the order of the lines. Not thread-safe.</summary>
/// <param name="ledger">The ledger that receives the lines.</param>
/// <param name="options">The limits.</param>
/// <param name="clock">The clock that measures pauses.</param>
/// <param name="report">Receives a refused line. Called at most <see cref="BulkOptions.RefusedLinesMax"/> times.</param>
/// <param name="stopping">Signals that the server stops, so that no line is retried.</param>
internal sealed class LineWindow(
    ILedger ledger, BulkOptions options, TimeProvider clock, Action<BulkRefusedLine> report, CancellationToken stopping)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    private readonly Queue<BulkWrite> _lines = new();
    private long _accepted;
    private long _replayed;
    private int _refused;

    /// <summary>Why the import accepts no further line; null while it accepts lines.</summary>
    public ProblemReply? Stopped { get; private set; }

    /// <summary>How many lines may be in flight. The ledger may refuse each of them, so there are no more than may still be reported.</summary>
    private int Room => Math.Min(options.LinesInFlightMax, options.RefusedLinesMax - _refused);

    /// <summary>Stops accepting lines, for a reason.</summary>
    public void Stop(ProblemReply reason) => Stopped ??= reason;

    /// <summary>Waits until there is room for a line.</summary>
    /// <returns>Whether there is room; if not, <see cref="Stopped"/> has the reason.</returns>
    public async ValueTask<bool> MakeRoomAsync()
    {
        while (Stopped is null && _lines.Count >= Room)
        {
            if (_lines.Count == 0)
            {
                Stop(new ProblemReply(
                    ProblemTable.TooManyRefused, $"The import stopped after the maximum of {_refused} refused lines. Correct these lines, then continue after `lastLine`."));
                break;
            }

            await SettleOldestAsync();
        }

        return Stopped is null;
    }

    /// <summary>Sends a line to the ledger. The caller must have made room for it.</summary>
    public async ValueTask AddAsync(BulkWrite line)
    {
        line.Send(ledger);
        _lines.Enqueue(line);
        if (line.Answered.IsCompleted && line.IsUndecided)
        {
            // No line may overtake a line that the ledger did not even queue.
            await SendAgainAsync();
            return;
        }

        await SettleAnsweredAsync();
    }

    /// <summary>Processes answers as they arrive until the other task completes.</summary>
    public async Task SettleUntilAsync(Task other)
    {
        while (!other.IsCompleted && _lines.Count > 0)
        {
            await Task.WhenAny(other, _lines.Peek().Answered);
            await LeaveThreadAsync();
            await SettleAnsweredAsync();
        }
    }

    /// <summary>Waits for all answers.</summary>
    /// <param name="lastLine">The last line that was read.</param>
    public async Task<BulkSummary> EndAsync(long lastLine)
    {
        while (_lines.Count > 0)
        {
            await SettleOldestAsync();
        }

        return new BulkSummary(_accepted, _replayed, _refused, lastLine) { Stopped = Stopped?.ToContract() };
    }

    private async ValueTask SettleAnsweredAsync()
    {
        while (_lines.TryPeek(out BulkWrite? oldest) && oldest.Answered.IsCompleted)
        {
            await SettleOldestAsync();
        }
    }

    private async ValueTask SettleOldestAsync()
    {
        BulkWrite oldest = _lines.Peek();
        if (!oldest.Answered.IsCompleted)
        {
            await oldest.Answered;
            await LeaveThreadAsync();
        }

        if (oldest.IsUndecided)
        {
            await SendAgainAsync();
            return;
        }

        _lines.Dequeue();
        Settle(oldest);
    }

    /// <summary>Continues on another thread: the ledger answers several clients on one thread, and reading the next lines would delay those behind.</summary>
    private static async ValueTask LeaveThreadAsync() => await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    /// <summary>Sends undecided lines again until the ledger decides them or the import gives up. Settles all lines in flight.</summary>
    private async ValueTask SendAgainAsync()
    {
        TimeSpan pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            await Task.WhenAll(_lines.Select(line => line.Answered));
            List<BulkWrite> again = FindUndecided();
            BulkWrite? hopeless = Stopped is not null || attempt == options.AttemptsMax || stopping.IsCancellationRequested
                ? again.FirstOrDefault()
                : again.Find(line => !line.CanBeSentAgain);
            if (hopeless is not null)
            {
                Stop(hopeless.Problem!);
            }

            if (hopeless is not null || again.Count == 0)
            {
                break;
            }

            await PauseAsync(pause < options.RetryPauseMax ? pause : options.RetryPauseMax);
            pause *= 2;
            again.ForEach(line => line.Send(ledger));
        }

        while (_lines.TryDequeue(out BulkWrite? line))
        {
            Settle(line);
        }
    }

    /// <summary>Finds undecided lines, and refused lines that follow an undecided line of the same account: that line may add the missing points.</summary>
    private List<BulkWrite> FindUndecided()
    {
        List<BulkWrite> undecided = [];
        HashSet<AccountId> accounts = [];
        foreach (BulkWrite line in _lines)
        {
            if (line.Account is { } account && (line.IsUndecided || (line.Receipt is null && accounts.Contains(account))))
            {
                undecided.Add(line);
                accounts.Add(account);
            }
        }

        return undecided;
    }

    private async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Settle(BulkWrite line)
    {
        if (line.Receipt is { } receipt)
        {
            _ = receipt.IsReplay ? _replayed++ : _accepted++;
            return;
        }

        _refused++;
        report(new BulkRefusedLine(line.Number, line.Problem!.ToContract()));
    }
}

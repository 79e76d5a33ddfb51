using Pointbook.Engine.Analytics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Analytics;

/// <summary>Keeps the commits of one partition in memory, and fails when a test asks for it. Thread-safe.</summary>
internal sealed class MemoryAnalytics : IAnalyticsStore
{
    private readonly Lock _lock = new();
    private readonly List<Commit> _commits = [];
    private AnalyticsPosition _position = AnalyticsPosition.Start;
    private int _piecesLeft;

    /// <summary>Runs before each call; may throw or wait.</summary>
    public Func<CancellationToken, Task>? Before { get; set; }

    /// <summary>The exception that each round throws; null for none.</summary>
    public Exception? RoundFailure { get; set; }

    /// <summary>How many rounds were tried, including failed ones.</summary>
    public int RoundsTried { get; private set; }

    /// <summary>How often the tables were emptied completely.</summary>
    public int EmptyCount { get; private set; }

    /// <summary>How often an exporter read the position.</summary>
    public int PositionReads { get; private set; }

    public bool IsDisposed { get; private set; }

    public string Place => "memory";

    /// <summary>The last entry that the tables contain.</summary>
    public Sequence Last
    {
        get
        {
            lock (_lock)
            {
                return _position.Last;
            }
        }
    }

    /// <summary>How many entries each round had.</summary>
    public List<long> Rounds { get; } = [];

    public async ValueTask<AnalyticsPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken)
    {
        await (Before?.Invoke(cancellationToken) ?? Task.CompletedTask);
        lock (_lock)
        {
            PositionReads++;
            return _position;
        }
    }

    public ValueTask<bool> ApplyAsync(AnalyticsRound round, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            RoundsTried++;
            if (RoundFailure is { } failure)
            {
                throw failure;
            }

            if (_position != round.After)
            {
                return ValueTask.FromResult(false);
            }

            _commits.AddRange(round.Commits);
            Rounds.Add(round.EntryCount);
            _position = round.End;
            return ValueTask.FromResult(true);
        }
    }

    public ValueTask<bool> EmptyAsync(int partition, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _piecesLeft = _position.IsEmptying ? _piecesLeft - 1 : 3;
            _position = AnalyticsPosition.Start with { IsEmptying = _piecesLeft > 0 };
            _commits.Clear();
            EmptyCount += _piecesLeft > 0 ? 0 : 1;
            return ValueTask.FromResult(_piecesLeft == 0);
        }
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.Analytics;

/// <summary>Exporters: how they handle failures, and that failures do not affect clients.</summary>
public sealed class AnalyticsExportTests : IAsyncDisposable
{
    private const int Failed = 1060;
    private const int ExportedAgain = 1061;
    private const int Damaged = 1063;
    private const int Progress = 1064;
    private const int CaughtUp = 1065;
    private const int StoppedByBug = 1066;
    private const int LeftBehind = 1067;
    private const int JournalDamaged = 1050;

    private readonly RecordingLogger _log = new();
    private readonly MemoryAnalytics _store = new();
    private readonly CommitChain _chain = new(TimeProvider.System);
    private readonly MemoryJournal _journal = new(TimeProvider.System);
    private readonly CommitSignal _signal = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _journal.DisposeAsync();
    }

    [Fact]
    public async Task A_round_ends_at_its_bound_but_never_splits_a_commit()
    {
        await AddAsync(1, 1, 1);
        await AddAsync(1, 1, 1, 1, 1, 1, 1);
        await AddAsync(1);
        await using AnalyticsExport export = Start(roundEntriesMax: 4);
        await WaitUntilExportedAsync();
        Assert.Equal([10, 1], _store.Rounds);
        await Eventually.TrueAsync(() => _log.MessagesOf(CaughtUp).Count > 0);
        Assert.Single(_log.MessagesOf(CaughtUp));
    }

    [Fact]
    public async Task Progress_is_logged_only_while_the_tables_are_filled()
    {
        await AddAsync(1);
        await AddAsync(1);
        await AddAsync(1);
        await using AnalyticsExport export = Start(roundEntriesMax: 1, clock: new FastClock());
        await Eventually.TrueAsync(() => _log.MessagesOf(CaughtUp).Count == 1);
        int told = _log.MessagesOf(Progress).Count;
        Assert.InRange(told, 1, 3);
        await AddAsync(1);
        await AddAsync(1);
        await WaitUntilExportedAsync();
        await export.StopAsync();
        Assert.Equal(told, _log.MessagesOf(Progress).Count);
    }

    [Fact]
    public async Task A_failure_and_its_end_are_each_logged_once()
    {
        await AddAsync(1);
        _store.RoundFailure = new StorageFailureException("The disk is full.");
        await using AnalyticsExport export = Start();
        await Eventually.TrueAsync(() => _store.RoundsTried > 3);
        Assert.Single(_log.MessagesOf(Failed));
        _store.RoundFailure = null;
        await WaitUntilExportedAsync();
        await Eventually.TrueAsync(() => _log.MessagesOf(ExportedAgain).Count == 1);
        Assert.Single(_log.MessagesOf(Failed));
    }

    [Fact]
    public async Task Tables_that_reject_the_same_entries_again_are_not_emptied_again()
    {
        await AddAsync(1);
        _store.RoundFailure = new AnalyticsDamagedException("A lot is missing.");
        await using AnalyticsExport export = Start();
        await Eventually.TrueAsync(() => _store.RoundsTried > 5);
        Assert.Equal(1, _store.EmptyCount);
        Assert.Single(_log.MessagesOf(Damaged));
        Assert.Single(_log.MessagesOf(Failed));
    }

    [Fact]
    public async Task A_bug_stops_the_export_and_is_logged()
    {
        await AddAsync(1);
        _store.RoundFailure = new InvalidOperationException("A bug.");
        await using AnalyticsExport export = Start();
        await Eventually.TrueAsync(() => _log.MessagesOf(StoppedByBug).Count == 1);
        await export.StopAsync();
        Assert.Equal(1, _store.RoundsTried);
    }

    [Fact]
    public async Task Damage_of_the_journal_is_reported_and_not_exported()
    {
        await AddAsync(1);
        await AddAsync(2);
        _journal.Damage(new Sequence(2));
        await using AnalyticsExport export = Start();
        await Eventually.TrueAsync(() => _log.MessagesOf(JournalDamaged).Count == 1);
        Assert.Equal(Sequence.Zero, _store.Last);
    }

    [Fact]
    public async Task A_store_that_never_answers_does_not_delay_a_stop()
    {
        TaskCompletionSource asked = new();
        TaskCompletionSource never = new();
        _store.Before = _ =>
        {
            asked.TrySetResult();
            return never.Task;
        };
        AnalyticsExport export = Start();
        await asked.Task.WaitAsync(Token);
        long began = Stopwatch.GetTimestamp();
        await export.StopAsync().WaitAsync(TimeSpan.FromMinutes(2), Token);
        Assert.True(Stopwatch.GetElapsedTime(began) > AnalyticsExport.StopWithin - TimeSpan.FromSeconds(1));
        Assert.Single(_log.MessagesOf(LeftBehind));
        // The end of the process disposes of the export too.
        long stopped = Stopwatch.GetTimestamp();
        await export.StopAsync();
        await export.DisposeAsync();
        Assert.True(Stopwatch.GetElapsedTime(stopped) < AnalyticsExport.StopWithin);
        Assert.Single(_log.MessagesOf(LeftBehind));
        Assert.False(_store.IsDisposed);
        never.SetResult();
    }

    [Fact]
    public async Task A_normal_stop_closes_the_store()
    {
        AnalyticsExport export = Start();
        await WaitUntilExportedAsync();
        await export.DisposeAsync();
        await export.DisposeAsync();
        Assert.True(_store.IsDisposed);
    }

    [Fact]
    public async Task The_lag_grows_while_the_store_fails_and_then_disappears()
    {
        double lag = -1;
        long entries = 0;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            // Other tests run meters of the same name. Only this test uses partition 7.
            if (instrument.Name.StartsWith("pointbook.analytics.", StringComparison.Ordinal) && instrument.Meter.Tags!.Single().Value is 7)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => lag = value);
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref entries, value));
        listener.Start();

        MemoryJournal journal = new(TimeProvider.System, partition: 7);
        CommitChain chain = new(TimeProvider.System, partition: 7);
        Assert.Equal(AppendResult.Appended, await journal.AppendAsync(chain.AddCredits(1, 2), Token));
        _store.RoundFailure = new StorageFailureException("The disk is full.");
        await using AnalyticsExport export = Start(journal: journal);
        await Eventually.TrueAsync(() => Lag() > 0.3);
        _store.RoundFailure = null;
        await Eventually.TrueAsync(() => Lag() < 0.2);
        Assert.Equal(2, Interlocked.Read(ref entries));

        double Lag()
        {
            listener.RecordObservableInstruments();
            return lag;
        }
    }

    [Fact]
    public async Task Commits_of_the_process_wake_an_exporter_that_nothing_else_wakes()
    {
        await using AnalyticsExport export = Start(lookInterval: TimeSpan.FromHours(1));
        for (int commit = 0; commit < 20; commit++)
        {
            await AddAsync(1);
            await WaitUntilExportedAsync();
        }
    }

    [Fact]
    public async Task An_idle_exporter_reads_its_tables_only_if_other_processes_may_write()
    {
        await AddAsync(1);
        await using AnalyticsExport alone = Start(lookInterval: TimeSpan.FromHours(1));
        await Eventually.TrueAsync(() => _log.MessagesOf(CaughtUp).Count == 1);
        int reads = _store.PositionReads;

        MemoryAnalytics other = new();
        MemoryJournal shared = new(TimeProvider.System) { IsShared = true };
        await using AnalyticsExport beside = Start(journal: shared, store: other, lookInterval: TimeSpan.FromHours(1));
        await Eventually.TrueAsync(() => other.PositionReads > 30);
        Assert.Equal(reads, _store.PositionReads);

        // The commit of another process raises no signal here.
        Assert.Equal(AppendResult.Appended, await shared.AppendAsync(_chain.Commits[0], Token));
        await Eventually.TrueAsync(() => other.Last == _chain.Commits[0].Last);
    }

    [Fact]
    public async Task An_idle_exporter_looks_after_its_tables_from_time_to_time()
    {
        await AddAsync(1);
        await using AnalyticsExport export = Start();
        await WaitUntilExportedAsync();
        Assert.False(await _store.EmptyAsync(0, Token));
        await WaitUntilExportedAsync();
    }

    [Fact]
    public async Task An_idle_exporter_has_no_lag()
    {
        double lag = -1;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            // Only this test uses partition 8.
            if (instrument.Name == "pointbook.analytics.lag" && instrument.Meter.Tags!.Single().Value is 8)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => lag = value);
        listener.Start();

        // Every read of this clock advances it by a minute, so only an exporter that has everything has no lag.
        MemoryJournal journal = new(TimeProvider.System, partition: 8);
        await using AnalyticsExport export = Start(journal: journal, clock: new FastClock(), lookInterval: TimeSpan.FromHours(1));
        await Eventually.TrueAsync(() =>
        {
            listener.RecordObservableInstruments();
            return lag == 0;
        });
        _store.RoundFailure = new StorageFailureException("The disk is full.");
        Assert.Equal(AppendResult.Appended, await journal.AppendAsync(new CommitChain(TimeProvider.System, partition: 8).AddCredits(1), Token));
        _signal.Raise();
        await Eventually.TrueAsync(() =>
        {
            listener.RecordObservableInstruments();
            return lag > 0;
        });
    }

    [Theory]
    [InlineData("RoundEntriesMax")]
    [InlineData("RoundsInFlightMax")]
    [InlineData("Delay")]
    [InlineData("LookInterval")]
    [InlineData("RetryDelay")]
    public void Bounds_out_of_range_are_refused(string name)
    {
        ExporterOptions options = new();
        System.Reflection.PropertyInfo property = typeof(ExporterOptions).GetProperty(name)!;
        object[] outside = property.PropertyType == typeof(int) ? [0, 1_000_001] : [TimeSpan.Zero, TimeSpan.FromHours(2)];
        foreach (object value in outside)
        {
            property.SetValue(options, value);
            Assert.StartsWith($"{name} must be between ", options.Fault(), StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => new AnalyticsExport(
                [new FollowedJournal(_journal, _signal)], _store, new AnalyticsParts { Clock = TimeProvider.System, Logger = _log, Options = options }));
        }
    }

    private AnalyticsExport Start(
        int roundEntriesMax = 100, MemoryJournal? journal = null, TimeProvider? clock = null, MemoryAnalytics? store = null, TimeSpan? lookInterval = null)
    {
        AnalyticsExport export = new(
            [new FollowedJournal(journal ?? _journal, _signal)],
            store ?? _store,
            new AnalyticsParts
            {
                Clock = clock ?? TimeProvider.System,
                Logger = _log,
                Damage = new JournalDamage(_log),
                Options = new ExporterOptions
                {
                    RoundEntriesMax = roundEntriesMax,
                    Delay = TimeSpan.FromMilliseconds(10),
                    LookInterval = lookInterval ?? TimeSpan.FromMilliseconds(10),
                    RetryDelay = TimeSpan.FromMilliseconds(10),
                },
            });
        export.Start();
        return export;
    }

    private async Task AddAsync(params long[] credits)
    {
        Assert.Equal(AppendResult.Appended, await _journal.AppendAsync(_chain.AddCredits(credits), Token));
        _signal.Raise();
    }

    private Task WaitUntilExportedAsync() => Eventually.TrueAsync(() => _store.Last == _chain.Head.Last);

    /// <summary>Each read of the timestamp advances it by a minute. Pauses take real time.</summary>
    private sealed class FastClock : TimeProvider
    {
        private long _timestamp;

        public override long GetTimestamp() => Interlocked.Add(ref _timestamp, TimestampFrequency * 60);
    }
}

using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>Exceptions that no store may throw, and bugs in the engine. The partition stops, because its state may be wrong.</summary>
public sealed class BugTests : IAsyncDisposable
{
    private const int StoppedByBug = 1000;
    private const int ReadFailed = 1022;
    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly RecordingLogger _log = new();
    private readonly MemoryAccountStore _accountStore = new();
    private readonly BrokenAccountStore _broken;
    private readonly GatedReadModel _readModel = new(new MemoryReadModel());
    private readonly FaultyJournal _journal;
    private readonly List<Exception> _reported = [];
    private readonly InvalidOperationException _bug = new("Scripted bug.");
    private readonly LocalPartition _partition;
    private Func<Guid> _newId = Guid.NewGuid;

    public BugTests()
    {
        _broken = new BrokenAccountStore(_accountStore);
        _journal = new FaultyJournal(new MemoryJournal(_clock));
        _partition = new LocalPartition(new PartitionParts
        {
            Journal = _journal,
            AccountStore = _broken,
            ReadModel = _readModel,
            ReadModelOptions = Node.ReadModelOptions,
            Clock = _clock,
            NewCommitId = () => _newId(),
            Salts = RandomNumberGenerator.Fill,
            Random = new Random(1),
            Logger = _log,
            Options = Node.Options,
            SnapshotWriterOptions = Node.SnapshotWriterOptions,
            OnBug = bug =>
            {
                lock (_reported)
                {
                    _reported.Add(bug);
                }
            },
        });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _partition.DisposeAsync();

    [Fact]
    public async Task A_bug_in_the_loop_stops_the_partition()
    {
        await _partition.StartAsync(Token);
        _newId = () => throw _bug;
        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => AddAsync(Given.Carol)));
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_bug_stops_the_partition_even_if_it_cannot_be_logged()
    {
        await _partition.StartAsync(Token);
        (_newId, _log.Failure) = (() => throw _bug, new IOException("Scripted."));
        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => AddAsync(Given.Carol)));
        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => _partition.Completion.WaitAsync(StopTimeMax, Token)));
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_bug_in_a_decision_stops_the_partition()
    {
        await _partition.StartAsync(Token);
        await Assert.ThrowsAnyAsync<Exception>(() => _partition.ExecuteAsync(new UnknownCommand(Given.Carol), Token).AsTask());
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_bug_in_the_journal_stops_the_partition()
    {
        await _partition.StartAsync(Token);
        _journal.BeforeAppend = () => throw _bug;
        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => AddAsync(Given.Carol)));
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_bug_in_a_load_stops_the_partition_and_fails_all_waiting_callers()
    {
        await _partition.StartAsync(Token);
        TaskCompletionSource held = new();
        int loads = 0;
        _accountStore.BeforeLoad = () => Interlocked.Increment(ref loads) == 1 ? held.Task : Task.FromException(_bug);
        Task<Outcome<Receipt>> first = AddAsync(Given.Carol);
        await Eventually.TrueAsync(() => Volatile.Read(ref loads) == 1);
        Task<Outcome<Receipt>> second = AddAsync(Given.Dave);

        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => second.WaitAsync(StopTimeMax, Token)));
        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => first.WaitAsync(StopTimeMax, Token)));
        held.SetResult();
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_bug_in_the_snapshot_writer_stops_the_partition_and_fails_all_waiting_callers()
    {
        await _partition.StartAsync(Token);
        TaskCompletionSource held = new();
        _accountStore.BeforeApply = () => held.Task;
        (await AddAsync(Given.Carol)).Accepted();
        Task waiting = _partition.WaitUntilStoredAsync(Token);
        held.SetException(_bug);
        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.WaitAsync(StopTimeMax, Token)));
        Assert.Same(
            _bug, await Assert.ThrowsAsync<InvalidOperationException>(() => _partition.WaitUntilStoredAsync(Token).WaitAsync(StopTimeMax, Token)));
        await AssertStoppedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bug_in_the_sweeper_or_in_the_purge_of_keys_stops_the_partition(bool isPurge)
    {
        await _partition.StartAsync(Token);
        _broken.OnForgetKeys = isPurge ? _bug : null;
        _broken.OnListDue = isPurge ? null : _bug;
        await PassMinutesUntilAsync(() => !_partition.Health.IsRunning);
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_failed_sweep_does_not_prevent_the_deletion_of_old_keys()
    {
        await _partition.StartAsync(Token);
        _broken.OnListDue = new StorageFailureException("Scripted.");
        await PassMinutesUntilAsync(() => _broken.Purges >= 2);
        Assert.True(_partition.Health.IsRunning);
        Assert.Empty(_log.MessagesOf(StoppedByBug));
    }

    [Fact]
    public async Task A_read_that_throws_fails_alone()
    {
        await _partition.StartAsync(Token);
        (await AddAsync(Given.Carol)).Accepted();
        TaskCompletionSource hold = new();
        _journal.BeforeAppend = () => hold.Task;
        Task<Outcome<Receipt>> other = AddAsync(Given.Carol);
        await Eventually.TrueAsync(() => _journal.Attempts.Count == 2);

        // These requests wait during the append of the other command, so they are in one batch.
        Task<Outcome<Receipt>> write = AddAsync(Given.Carol);
        Task<Outcome<AccountBalance>> thrown = _partition.ReadAsync<AccountBalance>(Given.Carol, null, _ => throw _bug, Token).AsTask();
        Task<Outcome<AccountBalance>> read = _partition.ReadBalanceAsync(Given.Carol, Token).AsTask();
        hold.SetResult();

        (await other).Accepted();
        (await write).Accepted();
        Assert.Equal(30, (await read).Value!.Points.Value);
        Assert.Same(_bug, await Assert.ThrowsAsync<InvalidOperationException>(() => thrown));
        Assert.Equal(3, _journal.Attempts.Count);
        Assert.Single(_log.MessagesOf(ReadFailed));
        Assert.True(_partition.Health.IsReady);
        Assert.Empty(_reported);
    }

    /// <summary>The partition refuses commands, reported and logged the bug once, and can be stopped and disposed of.</summary>
    private async Task AssertStoppedAsync()
    {
        await Eventually.TrueAsync(() => !_partition.Health.IsRunning);
        await Eventually.TrueAsync(() => _reported.Count > 0);
        Outcome<Receipt> refused = await Stopped();
        Assert.Equal(RefusalCode.ShuttingDown, refused.Code());
        await _partition.StopAsync(Token).WaitAsync(StopTimeMax, Token);
        await _partition.DisposeAsync().AsTask().WaitAsync(StopTimeMax, Token);
        Assert.Single(_reported);
        Assert.Single(_log.MessagesOf(StoppedByBug));

        // A request can arrive while the loop ends. It then fails with the bug, like all requests that wait.
        async Task<Outcome<Receipt>> Stopped()
        {
            while (true)
            {
                if (await Record.ExceptionAsync(() => AddAsync(Given.Carol)) is null)
                {
                    return await AddAsync(Given.Carol);
                }
            }
        }
    }

    private Task<Outcome<Receipt>> AddAsync(AccountId account) => _partition.ExecuteAsync(Given.Add(10, account: account), Token).AsTask();

    private async Task PassMinutesUntilAsync(Func<bool> condition) => await Eventually.TrueAsync(() =>
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        return condition();
    });

    private sealed record UnknownCommand(AccountId Account) : Command(Account);
}

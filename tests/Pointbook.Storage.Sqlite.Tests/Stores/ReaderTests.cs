using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Stores;

/// <summary>The number of connections for reading is bounded. Each serves one reader at a time, and the pool closes idle ones.</summary>
public sealed class ReaderTests : IAsyncLifetime
{
    private const int ReadersMax = 3;
    private const int Operations = 50_000;

    private static readonly OperationQuery AllOperations = new(AccountId.FromTrusted("a"), Operations);

    private readonly SqliteHost _host = new();
    private Pool<HistoryReader>? _pool;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Pool<HistoryReader> Pool => _pool ?? throw new InvalidOperationException("The test has not begun.");

    private SqliteStoreOptions Options => new() { Directory = _host.Files.Path, ReadersMax = ReadersMax, ReaderIdleMax = TimeSpan.FromSeconds(30) };

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        CommitChain chain = new(_host.Clock);
        // The first entry and the last one are of account a. The entries between them are of another account.
        chain.Add([.. Enumerable.Range(1, Operations).Select(number => Given.Credit(new Sequence(number), account: number is 1 or Operations ? "a" : "b"))]);
        Assert.True(await _host.AccountStore.ApplyAsync(SnapshotRound.From(chain.Commits), Token));
        Sql.Run(
            _host.Files.AccountStore,
            $"""
            WITH RECURSIVE number (value) AS (SELECT 2 UNION ALL SELECT value + 1 FROM number WHERE value < {Operations - 1})
            INSERT INTO operation (opening, first_sequence)
            SELECT 1, value FROM number
            """);
        _pool = new Pool<HistoryReader>(() => new HistoryReader(_host.Files.AccountStore, Options.BusyTimeout), Options, _host.Clock);
    }

    public ValueTask DisposeAsync()
    {
        Pool.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_read_ends_within_a_statement()
    {
        using CancellationTokenSource givingUp = new();
        ValueTask<OperationPage> reading = Pool.ReadAsync(
            reader =>
            {
                givingUp.Cancel();
                return reader.ListOperations(AllOperations);
            },
            givingUp.Token);
        OperationCanceledException failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        Assert.Equal(givingUp.Token, failure.CancellationToken);

        // The read stopped in the middle of a statement, so the pool closed its connection. A new one replaces it.
        Assert.Equal(0, Pool.IdleCount);
        Assert.Equal(Operations, (await Pool.ReadAsync(reader => reader.ListOperations(AllOperations), Token)).Operations.Count);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_after_its_read_has_no_effect()
    {
        using CancellationTokenSource givingUp = new();
        Assert.Equal(Operations, (await Pool.ReadAsync(reader => reader.ListOperations(AllOperations), givingUp.Token)).Operations.Count);
        await givingUp.CancelAsync();
        Assert.Equal(1, Pool.IdleCount);
        Assert.Equal(Operations, (await Pool.ReadAsync(reader => reader.ListOperations(AllOperations), Token)).Operations.Count);
        Assert.Equal(1, Pool.IdleCount);
    }

    [Fact]
    public async Task Readers_beyond_the_bound_wait_until_one_is_free_or_they_are_cancelled()
    {
        List<Pool<HistoryReader>.Lease> leases = [];
        for (int number = 0; number < ReadersMax; number++)
        {
            leases.Add(await Pool.RentAsync(Token));
        }

        using CancellationTokenSource givingUp = new();
        Task<Pool<HistoryReader>.Lease> impatient = Pool.RentAsync(givingUp.Token).AsTask();
        Task<Pool<HistoryReader>.Lease> patient = Pool.RentAsync(Token).AsTask();
        Assert.False(impatient.IsCompleted);
        Assert.False(patient.IsCompleted);
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        leases.ForEach(lease => lease.Dispose());
        (await patient.WaitAsync(TimeSpan.FromSeconds(30), Token)).Dispose();
    }

    [Fact]
    public async Task Idle_connections_are_closed_after_a_while_and_those_in_use_are_kept()
    {
        await ReadConcurrentlyAsync(ReadersMax);
        Assert.Equal(ReadersMax, Pool.IdleCount);

        _host.Clock.Advance(Options.ReaderIdleMax / 2);
        Assert.Equal(Operations, (await Pool.ReadAsync(reader => reader.ListOperations(AllOperations), Token)).Operations.Count);
        Assert.Equal(ReadersMax, Pool.IdleCount);
        _host.Clock.Advance(Options.ReaderIdleMax / 2);
        Assert.Equal(1, Pool.IdleCount);
        _host.Clock.Advance(Options.ReaderIdleMax / 2);
        Assert.Equal(0, Pool.IdleCount);
        await ReadConcurrentlyAsync(ReadersMax);
        Assert.Equal(ReadersMax, Pool.IdleCount);
    }

    [Fact]
    public async Task A_clock_that_advances_while_idle_connections_are_closed_does_no_harm()
    {
        SelfAdvancingClock clock = new();
        using Pool<HistoryReader> pool = new(() => new HistoryReader(_host.Files.AccountStore, Options.BusyTimeout), Options, clock);
        Pool<HistoryReader>.Lease first = await pool.RentAsync(Token);
        Pool<HistoryReader>.Lease second = await pool.RentAsync(Token);
        (first.IsClean, second.IsClean) = (true, true);
        first.Dispose();
        clock.Advance(TimeSpan.FromSeconds(1));
        second.Dispose();

        // The second connection expires between two readings of the clock.
        clock.Step = TimeSpan.FromSeconds(0.4);
        clock.Advance(Options.ReaderIdleMax - TimeSpan.FromSeconds(1));
        Assert.Equal(1, pool.IdleCount);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, pool.IdleCount);
    }

    [Fact]
    public async Task A_reader_does_not_reopen_a_closed_store()
    {
        Pool<HistoryReader>.Lease late = await Pool.RentAsync(Token);
        Pool.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Pool.RentAsync(Token));
        late.IsClean = true;
        late.Dispose();
        Assert.Equal(0, Pool.IdleCount);

        await _host.Store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await _host.Journal.ReadHeadAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await _host.AccountStore.ListOperationsAsync(AllOperations, Token));
    }

    [Theory]
    [InlineData(0, 1_000, "ReadersMax")]
    [InlineData(1_001, 1_000, "ReadersMax")]
    [InlineData(1, 999, "ReaderIdleMax")]
    [InlineData(1, 3_600_001, "ReaderIdleMax")]
    [InlineData(1, 1_000, null)]
    [InlineData(1_000, 3_600_000, null)]
    public void Bounds_out_of_range_are_named(int readers, int idleMilliseconds, string? name)
    {
        SqliteStoreOptions options = new() { ReadersMax = readers, ReaderIdleMax = TimeSpan.FromMilliseconds(idleMilliseconds) };
        Assert.Equal(name, options.Fault()?.Split(' ')[0]);
    }

    [Theory]
    [InlineData(1_023, "TransactionBytesMax")]
    [InlineData(1_024, null)]
    [InlineData(1_073_741_824, null)]
    [InlineData(1_073_741_825, "TransactionBytesMax")]
    public void A_transaction_size_out_of_range_is_named(int bytes, string? name)
    {
        SqliteStoreOptions options = new() { TransactionBytesMax = bytes };
        Assert.Equal(name, options.Fault()?.Split(' ')[0]);
    }

    private async Task ReadConcurrentlyAsync(int count)
    {
        List<Pool<HistoryReader>.Lease> leases = [];
        for (int number = 0; number < count; number++)
        {
            leases.Add(await Pool.RentAsync(Token));
        }

        foreach (Pool<HistoryReader>.Lease lease in leases)
        {
            lease.IsClean = true;
            lease.Dispose();
        }
    }

    /// <summary>A clock that advances by a step each time it is read.</summary>
    private sealed class SelfAdvancingClock : FakeTimeProvider
    {
        private long _stepped;

        public TimeSpan Step { get; set; }

        public override long GetTimestamp()
        {
            _stepped += (long)(Step.TotalSeconds * TimestampFrequency);
            return base.GetTimestamp() + _stepped;
        }
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Access;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Keys;

/// <summary>The server never uses a view of its keys that is older than its options allow.</summary>
public sealed class KeyRingTests : IAsyncDisposable
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _clock = new();
    private readonly GatedKeyStore _store = new();
    private readonly KeySecret _secret = KeyExtensions.NewSecret();
    private readonly KeyRing _ring;

    // The clock stands still, so the ring reads the store by itself only if a test advances the clock.
    public KeyRingTests() => _ring = new KeyRing(
        Options.Create(new KeyOptions { AgeMax = AgeMax, RefreshInterval = AgeMax / 2 }), _clock, NullLogger<KeyRing>.Instance);

    public ValueTask DisposeAsync() => _ring.DisposeAsync();

    [Fact]
    public async Task Without_changes_requests_do_not_read_the_store()
    {
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        int reads = _store.Reads;
        for (int number = 0; number < 100; number++)
        {
            Assert.Null((await _ring.ReadAsync()).Find(_secret));
        }

        Assert.Equal(reads, _store.Reads);
    }

    [Fact]
    public async Task A_key_is_refused_at_most_a_second_after_its_revocation()
    {
        _store.Set(1, Key());
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        Assert.Equal("till", (await _ring.ReadAsync()).Find(_secret)!.Caller.Actor);
        _store.Set(2);

        // The store hangs when the ring reads it, so the ring does not see the revocation.
        TaskCompletionSource gate = new();
        _store.Gate = gate.Task;
        _clock.Advance(AgeMax);
        Assert.NotNull((await _ring.ReadAsync()).Find(_secret));
        _clock.Advance(TimeSpan.FromTicks(1));
        ValueTask<KnownKeys> waiting = _ring.ReadAsync();
        Assert.False(waiting.IsCompleted);
        gate.SetResult();
        Assert.Null((await waiting).Find(_secret));
    }

    [Fact]
    public async Task A_slow_read_that_began_before_a_revocation_does_not_count()
    {
        _store.Set(1, Key());
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        TaskCompletionSource gate = new();
        _store.Gate = gate.Task;
        int reads = _store.Reads;
        Task refreshing = _ring.RefreshAsync();
        await WaitForAsync(() => Task.FromResult(_store.Reads > reads));
        _store.Set(2);
        _clock.Advance(AgeMax * 2);
        ValueTask<KnownKeys> waiting = _ring.ReadAsync();
        gate.SetResult();
        Assert.Null((await waiting).Find(_secret));
        await refreshing;
    }

    [Fact]
    public async Task While_the_store_fails_known_keys_count_for_one_more_second()
    {
        _store.Set(1, Key());
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        _store.Fails = true;
        _clock.Advance(AgeMax);
        Assert.NotNull((await _ring.ReadAsync()).Find(_secret));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<KeyStoreException>(async () => await _ring.ReadAsync());
        await Assert.ThrowsAsync<KeyStoreException>(async () => await _ring.ReadAsync());
        _store.Fails = false;
        _clock.Advance(AgeMax);
        await WaitForAsync(async () => (await _ring.ReadAsync()).Find(_secret) is not null);
    }

    [Fact]
    public async Task While_the_store_fails_not_every_request_reads_it()
    {
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        _store.Fails = true;
        _clock.Advance(AgeMax * 2);
        await Assert.ThrowsAsync<KeyStoreException>(async () => await _ring.ReadAsync());
        int reads = _store.Reads;
        for (int number = 0; number < 50; number++)
        {
            await Assert.ThrowsAsync<KeyStoreException>(async () => await _ring.ReadAsync());
        }

        // The ring also reads the store by itself, once for the time that has passed.
        Assert.InRange(_store.Reads - reads, 0, 1);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_does_not_block_requests_forever()
    {
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        _store.Gate = new TaskCompletionSource().Task;
        _clock.Advance(AgeMax * 2);
        Task waiting = _ring.ReadAsync().AsTask();
        Task failed = Assert.ThrowsAsync<KeyStoreException>(() => waiting);
        await WaitForAsync(() =>
        {
            _clock.Advance(AgeMax);
            return Task.FromResult(waiting.IsCompleted);
        });
        await failed;
    }

    [Fact]
    public async Task A_refresh_sees_earlier_changes()
    {
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        Assert.False(_ring.WasSecured);
        _store.Set(1, Key());
        await _ring.RefreshAsync();
        Assert.True(_ring.WasSecured);
        Assert.NotNull((await _ring.ReadAsync()).Find(_secret));
    }

    [Fact]
    public async Task Marking_a_ledger_is_retried_until_it_succeeds()
    {
        CollectedLog log = new();
        using LoggerFactory loggers = new([log]);
        await using KeyRing ring = new(
            Options.Create(new KeyOptions { AgeMax = AgeMax, RefreshInterval = AgeMax / 2 }), _clock, loggers.CreateLogger<KeyRing>());
        int attempts = 0;
        bool fails = true;
        await ring.OpenAsync(_store, MarkAsync, TestContext.Current.CancellationToken);
        Assert.Equal(0, attempts);

        _store.Set(1, Key());
        await ring.RefreshAsync();
        Assert.True(ring.WasSecured);
        await WaitForAsync(() => LookAgainAsync(() => attempts >= 3));
        Assert.Single(log.Of(3036));
        Assert.Empty(log.Of(3039));

        Volatile.Write(ref fails, false);
        await WaitForAsync(() => LookAgainAsync(() => log.Of(3039).Count == 1));
        int enough = Volatile.Read(ref attempts);
        int reads = _store.Reads;
        await WaitForAsync(() => LookAgainAsync(() => _store.Reads >= reads + 3));
        Assert.Equal(enough, attempts);

        Task MarkAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref attempts);
            return Volatile.Read(ref fails) ? Task.FromException(new StoreException("Scripted.")) : Task.CompletedTask;
        }

        Task<bool> LookAgainAsync(Func<bool> condition)
        {
            _clock.Advance(AgeMax / 2);
            return Task.FromResult(condition());
        }
    }

    [Fact]
    public async Task A_slow_mark_delays_no_request()
    {
        TaskCompletionSource hold = new();
        TaskCompletionSource reached = new();
        await _ring.OpenAsync(
            _store,
            _ =>
            {
                reached.TrySetResult();
                return hold.Task;
            },
            TestContext.Current.CancellationToken);
        _store.Set(1, Key());
        await WaitForAsync(() =>
        {
            _clock.Advance(AgeMax / 2);
            return Task.FromResult(reached.Task.IsCompleted);
        });
        _store.Set(2);
        _clock.Advance(AgeMax * 2);
        Assert.Null((await _ring.ReadAsync()).Find(_secret));
        hold.SetResult();
    }

    [Fact]
    public async Task A_store_with_keys_is_marked_when_it_is_opened()
    {
        // A process may have ended after it stored the first key and before it set the mark.
        _store.Set(1, Key());
        int attempts = 0;
        await _ring.OpenAsync(
            _store,
            _ =>
            {
                attempts++;
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_mark_by_another_process_secures_the_store_and_an_unreadable_mark_leaves_it_unknown()
    {
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        bool isMarked = false;
        bool fails = false;
        _ring.LookForMark(_ => fails ? Task.FromException<bool>(new StoreException("It fails.")) : Task.FromResult(isMarked));
        await _ring.RefreshAsync();
        Assert.False(_ring.WasSecured);
        fails = true;
        await Assert.ThrowsAsync<KeyStoreException>(_ring.RefreshAsync);
        _clock.Advance(AgeMax * 2);
        await Assert.ThrowsAsync<KeyStoreException>(async () => await _ring.ReadAsync());
        (fails, isMarked) = (false, true);
        await _ring.RefreshAsync();
        Assert.True(_ring.WasSecured);
    }

    [Fact]
    public async Task A_ledger_that_once_had_a_key_never_returns_to_protected_mode()
    {
        _store.Set(3, Key());
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        _store.Set(0);
        await _ring.RefreshAsync();
        Assert.True(_ring.WasSecured);
        Assert.Null((await _ring.ReadAsync()).Find(_secret));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task A_restored_store_is_detected_whatever_its_number_of_changes(long changes)
    {
        _store.Set(3, Key());
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        _store.Set(changes);
        await _ring.RefreshAsync();
        Assert.Null((await _ring.ReadAsync()).Find(_secret));
        Assert.True(_ring.WasSecured);
    }

    [Fact]
    public async Task The_cache_refreshes_by_itself()
    {
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        _store.Set(1, Key());
        await WaitForAsync(() =>
        {
            _clock.Advance(AgeMax / 2);
            return Task.FromResult(_ring.WasSecured);
        });
    }

    [Fact]
    public async Task A_key_with_the_right_id_and_another_secret_is_refused()
    {
        _store.Set(1, Key());
        await _ring.OpenAsync(_store, _ => Task.CompletedTask, TestContext.Current.CancellationToken);
        string text = _secret.Reveal();
        Assert.True(KeySecret.TryParse(text[..^1] + (text[^1] == '0' ? '1' : '0'), out KeySecret? other));
        Assert.Equal(_secret.Id, other.Id);
        Assert.Null((await _ring.ReadAsync()).Find(other));
    }

    [Theory]
    [InlineData(10, 1_000, 10, "Keys:RefreshInterval")]
    [InlineData(501, 1_000, 10, "Keys:RefreshInterval")]
    [InlineData(20, 39, 10, "Keys:AgeMax")]
    [InlineData(20, 10_001, 10, "Keys:AgeMax")]
    [InlineData(20, 1_000, 0, "Keys:CountMax")]
    [InlineData(20, 1_000, 100_001, "Keys:CountMax")]
    [InlineData(20, 40, 1, null)]
    [InlineData(5_000, 10_000, 100_000, null)]
    public void Options_out_of_range_are_rejected_by_name(int interval, int age, int count, string? fault)
    {
        KeyOptions options = new() { RefreshInterval = TimeSpan.FromMilliseconds(interval), AgeMax = TimeSpan.FromMilliseconds(age), CountMax = count };
        Assert.Equal(fault, options.Fault()?.Split(' ')[0]);
    }

    private static Task WaitForAsync(Func<Task<bool>> condition) => Eventually.TrueAsync(async () =>
    {
        try
        {
            return await condition();
        }
        catch (KeyStoreException)
        {
            // The ring has not recovered yet.
            return false;
        }
    });

    private ApiKey Key() => new(
        _secret.Id, KeyName.FromTrusted("till"), _secret.Hash, Scopes.Read, AccountLimits.None, Instant.FromUnixMicroseconds(0), null);
}

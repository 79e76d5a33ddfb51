using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Keys;

/// <summary>What the server knows of its keys, never older than <see cref="KeyOptions.AgeMax"/>. Thread-safe.</summary>
/// <remarks>
/// It looks for changes all the time, so that requests do not have to wait, and each request checks how old the latest look is. So a key
/// that was revoked by any process longer ago than that is not taken, however slow or stopped the looking was meanwhile.
/// </remarks>
internal sealed class KeyRing(IOptions<KeyOptions> options, TimeProvider clock, ILogger<KeyRing> logger) : IAsyncDisposable
{
    private readonly KeyOptions _options = options.Value;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private IKeyStore? _store;
    private Func<CancellationToken, Task>? _mark;
    private Func<CancellationToken, Task<bool>>? _isMarked;
    private KnownKeys? _known;
    private Task<KnownKeys>? _look;
    private Task _marking = Task.CompletedTask;
    private Task _looking = Task.CompletedTask;
    private long _failedAt;
    private volatile bool _isFailing;
    private volatile bool _wasSecured;
    private volatile bool _isMarkKept;
    private bool _isMarkFailing;

    /// <summary>
    /// Whether a key was ever created, or tokens taken by any process of the store, as far as the server knows. Once it is true it stays true, whatever
    /// becomes of the store.
    /// </summary>
    public bool WasSecured => _wasSecured;

    /// <summary>The store itself, for those who change it.</summary>
    public IKeyStore Store => _store ?? throw (_end.IsCancellationRequested
        ? new ObjectDisposedException(nameof(KeyRing))
        : new InvalidOperationException("The keys have not been opened."));

    /// <summary>Begins with a store, and owns it from then on.</summary>
    /// <param name="store">The store.</param>
    /// <param name="mark">Marks the ledger as secured; fails with <see cref="StoreException"/>. Called as soon as it is known that there is or was a key, and again until it succeeds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KeyStoreException">The store failed.</exception>
    public async Task OpenAsync(IKeyStore store, Func<CancellationToken, Task> mark, CancellationToken cancellationToken)
    {
        _store = store;
        _mark = mark;
        await LookAsync().WaitAsync(cancellationToken);
        await MarkAsync().WaitAsync(cancellationToken);
        _looking = KeepLookingAsync();
    }

    /// <summary>From now on each look asks as well whether the store is marked as secured, until it is.</summary>
    /// <param name="isMarked">Asks; fails with <see cref="StoreException"/>.</param>
    public void LookForMark(Func<CancellationToken, Task<bool>> isMarked) => Volatile.Write(ref _isMarked, isMarked);

    /// <summary>The keys as they are now, give or take <see cref="KeyOptions.AgeMax"/>.</summary>
    /// <exception cref="KeyStoreException">That cannot be found out at the moment.</exception>
    public ValueTask<KnownKeys> ReadAsync() => _known is { } known && IsFresh(known) ? new ValueTask<KnownKeys>(known) : new ValueTask<KnownKeys>(WaitAsync());

    /// <summary>Looks at the store, so that what was changed before is known afterwards.</summary>
    /// <exception cref="KeyStoreException">The store failed.</exception>
    public async Task RefreshAsync()
    {
        Task? earlier;
        lock (_lock)
        {
            earlier = _look;
        }

        // A look that is under way may have begun before the change.
        await (earlier ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LookAsync();
        await MarkAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _looking;
        await ((Task?)_look ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _marking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IKeyStore? store = Interlocked.Exchange(ref _store, null);
        if (store is not null)
        {
            await store.DisposeAsync();
        }
    }

    private bool IsFresh(KnownKeys known) => clock.GetElapsedTime(known.AsOf) <= _options.AgeMax;

    private async Task<KnownKeys> WaitAsync()
    {
        // While the store fails, not every request has to find that out anew.
        if (_isFailing && clock.GetElapsedTime(_failedAt) < _options.RefreshInterval)
        {
            throw new KeyStoreException("The store of keys failed a moment ago.", new TimeoutException());
        }

        try
        {
            return await LookAsync().WaitAsync(_options.AgeMax, clock);
        }
        catch (TimeoutException late)
        {
            throw new KeyStoreException($"The store of keys did not answer within {_options.AgeMax}.", late);
        }
    }

    /// <summary>Joins the look that is under way, or begins one.</summary>
    private Task<KnownKeys> LookAsync()
    {
        lock (_lock)
        {
            return _look is { IsCompleted: false } running ? running : _look = Task.Run(LookOnceAsync);
        }
    }

    private async Task<KnownKeys> LookOnceAsync()
    {
        try
        {
            long asOf = clock.GetTimestamp();
            KeyVersion version = await Store.ReadVersionAsync(_end.Token);
            KnownKeys known = _known is { } before && before.Version == version
                ? before.SeenAgain(asOf)
                : KnownKeys.From(await Store.ReadSnapshotAsync(_end.Token), asOf);
            bool isMarked = !_wasSecured && Volatile.Read(ref _isMarked) is { } ask && await AskAsync(ask);
            // First the keys, so that whoever sees that there are some finds them.
            Volatile.Write(ref _known, known);
            _isMarkKept |= isMarked;
            _wasSecured |= isMarked || known.Version.Changes > 0;
            _isFailing = false;
            return known;
        }
        catch (Exception failure) when (!_end.IsCancellationRequested && failure is not ObjectDisposedException)
        {
            // The ledger is closed before the ring when the server ends; that is no failure of the store.
            _failedAt = clock.GetTimestamp();
            if (!_isFailing)
            {
                LogMessages.KeysUnreadable(logger, failure);
            }

            _isFailing = true;
            throw;
        }
    }

    /// <summary>Marks the ledger as secured if there was a key, unless that was done; joins the attempt that is under way.</summary>
    /// <remarks>It never fails. The ring tries again after each look, which it does not hold up: until the mark is kept, the keys alone say that the ledger is secured.</remarks>
    private Task MarkAsync()
    {
        if (!_wasSecured || _isMarkKept || _mark is not { } mark)
        {
            return Task.CompletedTask;
        }

        lock (_lock)
        {
            return _marking.IsCompleted ? _marking = Task.Run(() => MarkOnceAsync(mark)) : _marking;
        }
    }

    private async Task MarkOnceAsync(Func<CancellationToken, Task> mark)
    {
        try
        {
            await mark(_end.Token);
            _isMarkKept = true;
            if (_isMarkFailing)
            {
                LogMessages.KeysRemembered(logger);
            }
        }
        catch (StoreException failure)
        {
            if (!_isMarkFailing)
            {
                LogMessages.KeysNotRemembered(logger, failure);
            }

            _isMarkFailing = true;
        }
        catch (Exception ending) when (ending is ObjectDisposedException || (ending is OperationCanceledException && _end.IsCancellationRequested))
        {
            // The server ends; the next start marks it.
        }
    }

    private async Task<bool> AskAsync(Func<CancellationToken, Task<bool>> isMarked)
    {
        try
        {
            return await isMarked(_end.Token);
        }
        catch (StoreException failure)
        {
            throw new KeyStoreException($"Whether the store is secured could not be read: {failure.Message}", failure);
        }
    }

    private async Task KeepLookingAsync()
    {
        using PeriodicTimer timer = new(_options.RefreshInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                await ((Task)LookAsync()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _ = MarkAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }
}

using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Keys;

/// <summary>The server's knowledge of its keys, never older than <see cref="KeyOptions.AgeMax"/>. Thread-safe.</summary>
/// <remarks>
/// It looks for changes continuously, so that requests need not wait, and each request checks the age of the latest look. So the server refuses a key
/// that any process revoked longer ago, even if looks were slow or stopped meanwhile.
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
    /// Whether, as far as the server knows, a key was ever created or any process of the store accepted tokens. Once true, it stays true, even if the
    /// store fails or is lost.
    /// </summary>
    public bool WasSecured => _wasSecured;

    /// <summary>The store, for callers that change it.</summary>
    public IKeyStore Store => _store ?? throw (_end.IsCancellationRequested
        ? new ObjectDisposedException(nameof(KeyRing))
        : new InvalidOperationException("The keys have not been opened."));

    /// <summary>Starts with a store and takes ownership of it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="mark">Marks the ledger as secured; fails with <see cref="StoreException"/>. Called once a key is or was known to exist, and again until it succeeds.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="KeyStoreException">The store failed.</exception>
    public async Task OpenAsync(IKeyStore store, Func<CancellationToken, Task> mark, CancellationToken cancellationToken)
    {
        _store = store;
        _mark = mark;
        await LookAsync().WaitAsync(cancellationToken);
        await MarkAsync().WaitAsync(cancellationToken);
        _looking = KeepLookingAsync();
    }

    /// <summary>From now on, each look also checks whether the store is marked as secured, until it is.</summary>
    /// <param name="isMarked">Returns whether it is marked; fails with <see cref="StoreException"/>.</param>
    public void LookForMark(Func<CancellationToken, Task<bool>> isMarked) => Volatile.Write(ref _isMarked, isMarked);

    /// <summary>Returns the current keys, at most <see cref="KeyOptions.AgeMax"/> old.</summary>
    /// <exception cref="KeyStoreException">The server cannot read the keys now.</exception>
    public ValueTask<KnownKeys> ReadAsync() => _known is { } known && IsFresh(known) ? new ValueTask<KnownKeys>(known) : new ValueTask<KnownKeys>(WaitAsync());

    /// <summary>Looks at the store, so that the ring knows all earlier changes afterwards.</summary>
    /// <exception cref="KeyStoreException">The store failed.</exception>
    public async Task RefreshAsync()
    {
        Task? earlier;
        lock (_lock)
        {
            earlier = _look;
        }

        // A running look may have begun before the change.
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
        // While the store fails, not every request needs to look again.
        if (_isFailing && clock.GetElapsedTime(_failedAt) < _options.RefreshInterval)
        {
            throw new KeyStoreException("The API key store failed a moment ago.", new TimeoutException());
        }

        try
        {
            return await LookFreshlyAsync().WaitAsync(_options.AgeMax, clock);
        }
        catch (TimeoutException late)
        {
            throw new KeyStoreException($"The API key store did not answer within {_options.AgeMax}.", late);
        }
    }

    /// <summary>Looks at the store. If the look that it joined began too long ago, it looks once more.</summary>
    private async Task<KnownKeys> LookFreshlyAsync()
    {
        KnownKeys known = await LookAsync();
        return IsFresh(known) ? known : await LookAsync();
    }

    /// <summary>Joins the running look, or begins one.</summary>
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
            // The keys first, so that a caller who sees that the ledger is secured also finds the keys.
            Volatile.Write(ref _known, known);
            _isMarkKept |= isMarked;
            _wasSecured |= isMarked || known.Version.Changes > 0;
            _isFailing = false;
            return known;
        }
        catch (Exception failure) when (!_end.IsCancellationRequested && failure is not ObjectDisposedException)
        {
            // A stopping server closes the ledger before the ring. The store has not failed then.
            _failedAt = clock.GetTimestamp();
            if (!_isFailing)
            {
                LogMessages.KeysUnreadable(logger, failure);
            }

            _isFailing = true;
            throw;
        }
    }

    /// <summary>Marks the ledger as secured if a key existed and the mark is missing. Joins the running attempt.</summary>
    /// <remarks>It never fails. The ring retries after each look and does not delay the look. Until the mark is stored, only the keys show that the ledger is secured.</remarks>
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
            // The server is stopping. The next start marks the ledger.
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
            throw new KeyStoreException($"The server could not read whether the store is secured: {failure.Message}", failure);
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
            // The server is stopping.
        }
    }
}

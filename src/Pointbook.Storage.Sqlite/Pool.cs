using System.Diagnostics;

namespace Pointbook.Storage.Sqlite;

/// <summary>A bounded pool of connections that read one file. It opens them on demand and closes them after an idle time. Thread-safe.</summary>
internal sealed class Pool<T> : IDisposable
    where T : ReadConnection
{
    private readonly Func<T> _open;
    private readonly TimeSpan _idleMax;
    private readonly TimeProvider _clock;
    private readonly int _placesMax;
    private readonly SemaphoreSlim _places;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    // The pool reuses the most recently used connection, at the end, so that the others become idle.
    private readonly List<(T Reader, long ReturnedAt)> _idle = [];
    private int _generation;
    private bool _isDisposed;

    public Pool(Func<T> open, SqliteStoreOptions options, TimeProvider clock)
    {
        _open = open;
        _idleMax = options.ReaderIdleMax;
        _clock = clock;
        _placesMax = options.ReadersMax;
        _places = new SemaphoreSlim(_placesMax);
        _timer = clock.CreateTimer(_ => CloseIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The number of open connections that are not in use.</summary>
    internal int IdleCount
    {
        get
        {
            lock (_lock)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Reads with a connection that no other caller uses meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<TResult> ReadAsync<TResult>(Func<T, TResult> read, CancellationToken cancellationToken)
    {
        using Lease lease = await RentAsync(cancellationToken).ConfigureAwait(false);
        TResult result = lease.Read(read);
        lease.IsClean = true;
        return result;
    }

    /// <summary>Rents a connection. Waits if the maximum number of connections is in use.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<Lease> RentAsync(CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            (T? reader, int generation) = TakeIdle();
            reader ??= _open();
            reader.Stop = cancellationToken;
            return new Lease(this, reader, generation);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Waits until no caller uses a connection, and closes all of them. No caller gets another one until <see cref="Refill"/>.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up. Other callers get connections as before.</exception>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        int taken = 0;
        try
        {
            for (; taken < _placesMax; taken++)
            {
                await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (taken > 0)
        {
            _places.Release(taken);
            throw;
        }

        Clear();
    }

    /// <summary>Ends what <see cref="DrainAsync"/> began.</summary>
    public void Refill() => _places.Release(_placesMax);

    /// <summary>Closes idle connections now, and rented ones when they are returned.</summary>
    public void Clear()
    {
        (T Reader, long ReturnedAt)[] all;
        lock (_lock)
        {
            _generation++;
            all = [.. _idle];
            _idle.Clear();
        }

        Close(all);
    }

    /// <summary>Closes idle connections now, and rented ones when they are returned. No further reads are possible.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        Clear();
        _timer.Dispose();
    }

    private (T? Reader, int Generation) TakeIdle()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteStore));
            if (_idle.Count == 0)
            {
                return (null, _generation);
            }

            T reader = _idle[^1].Reader;
            _idle.RemoveAt(_idle.Count - 1);
            return (reader, _generation);
        }
    }

    private void Return(T reader, int generation, bool isClean)
    {
        reader.Stop = CancellationToken.None;
        bool isKept;
        lock (_lock)
        {
            isKept = isClean && !_isDisposed && generation == _generation;
            if (isKept)
            {
                _idle.Add((reader, _clock.GetTimestamp()));
                if (_idle.Count == 1)
                {
                    _timer.Change(_idleMax, Timeout.InfiniteTimeSpan);
                }
            }
        }

        if (!isKept)
        {
            // A connection with an unfinished statement is still in its snapshot, and blocks checkpoints.
            reader.Dispose();
        }

        _places.Release();
    }

    private void CloseIdle()
    {
        (T Reader, long ReturnedAt)[] expired;
        lock (_lock)
        {
            // Read once: time that passes between two reads could make a due time negative, and an exception in a timer ends the process.
            long now = _clock.GetTimestamp();
            expired = [.. _idle.TakeWhile(item => _clock.GetElapsedTime(item.ReturnedAt, now) >= _idleMax)];
            _idle.RemoveRange(0, expired.Length);
            if (_idle.Count > 0 && !_isDisposed)
            {
                TimeSpan left = _idleMax - _clock.GetElapsedTime(_idle[0].ReturnedAt, now);
                _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }

        Close(expired);
    }

    private static void Close((T Reader, long ReturnedAt)[] items)
    {
        foreach ((T reader, _) in items)
        {
            reader.Dispose();
        }
    }

    /// <summary>A rented connection. Not thread-safe.</summary>
    internal sealed class Lease(Pool<T> pool, T reader, int generation) : IDisposable
    {
        private bool _isReturned;

        /// <summary>Whether the pool may reuse the connection, because no statement is unfinished.</summary>
        public bool IsClean { get; set; }

        /// <summary>Reads. Reports a stopped read as a cancellation by its caller.</summary>
        /// <exception cref="OperationCanceledException">The caller gave up.</exception>
        public TResult Read<TResult>(Func<T, TResult> read)
        {
            Debug.Assert(!_isReturned, "A connection was used after it was returned.");
            try
            {
                return read(reader);
            }
            catch (Exception failure) when (ReadConnection.IsStopped(failure) && reader.Stop.IsCancellationRequested)
            {
                throw new OperationCanceledException("The read was stopped.", failure, reader.Stop);
            }
        }

        public void Dispose()
        {
            if (!_isReturned)
            {
                _isReturned = true;
                pool.Return(reader, generation, IsClean);
            }
        }
    }
}

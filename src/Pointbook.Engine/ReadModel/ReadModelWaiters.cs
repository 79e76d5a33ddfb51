using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The callers that wait until a read model contains an entry, and its known position. Thread-safe.</summary>
internal sealed class ReadModelWaiters
{
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private Sequence? _position;
    private Exception? _failure;
    private bool _isOver;

    /// <summary>The known position of the generation that answers queries; null if there is none.</summary>
    public Sequence? Position
    {
        get
        {
            lock (_lock)
            {
                return _position;
            }
        }
    }

    /// <summary>Why the last attempt to advance failed; null if it succeeded.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
            {
                return _failure;
            }
        }
    }

    /// <summary>Whether any caller waits.</summary>
    public bool Any
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count > 0;
            }
        }
    }

    /// <summary>Begins to wait.</summary>
    /// <param name="through">The entry.</param>
    /// <param name="isPatient">Whether to continue to wait while attempts to advance fail.</param>
    /// <returns>A task that completes once the read model contains the entry, or fails with a <see cref="ReadModelBehindException"/>.</returns>
    public Task Begin(Sequence through, bool isPatient)
    {
        lock (_lock)
        {
            if (_position >= through)
            {
                return Task.CompletedTask;
            }

            if (_failure is not null && (_isOver || !isPatient))
            {
                return Task.FromException(new ReadModelBehindException(_failure));
            }

            Waiter waiter = new(through, isPatient, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
            return waiter.Reached.Task;
        }
    }

    /// <summary>Removes a wait.</summary>
    public void End(Task wait)
    {
        lock (_lock)
        {
            _waiters.RemoveAll(waiter => waiter.Reached.Task == wait);
        }
    }

    /// <summary>Records the position of the generation that answers queries; null if there is none.</summary>
    public void Reach(Sequence? position)
    {
        lock (_lock)
        {
            _position = position;
            foreach (Waiter waiter in _waiters.Where(waiter => waiter.Through <= position))
            {
                waiter.Reached.TrySetResult();
            }
        }
    }

    /// <summary>Records that the last attempt succeeded.</summary>
    /// <returns>Whether the previous attempt had failed.</returns>
    public bool Succeed()
    {
        lock (_lock)
        {
            bool hadFailed = _failure is not null;
            _failure = null;
            return hadFailed;
        }
    }

    /// <summary>Records that the last attempt failed, and fails the callers that do not wait for the next one.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="isOver">Whether there will be no next attempt.</param>
    /// <returns>Whether the failure differs from the previous one.</returns>
    public bool Fail(Exception failure, bool isOver)
    {
        lock (_lock)
        {
            bool isNew = _failure?.Message != failure.Message;
            (_failure, _isOver) = (failure, isOver);
            foreach (Waiter waiter in _waiters.Where(waiter => isOver || !waiter.IsPatient))
            {
                waiter.Reached.TrySetException(new ReadModelBehindException(failure));
            }

            return isNew;
        }
    }

    private sealed record Waiter(Sequence Through, bool IsPatient, TaskCompletionSource Reached);
}

using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The callers that wait until a read model contains an entry, and its known position. Thread-safe.</summary>
internal sealed class ReadModelWaiters
{
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private Sequence? _position;
    private ReadModelGeneration? _next;
    private Exception? _failure;
    private Exception? _buildFailure;
    private bool _isOver;
    private bool _isBuildOver;

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

    /// <summary>Why queries cannot expect an answer: the last attempt to advance failed, or no generation answers and the last attempt to build one failed; null otherwise.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
            {
                return Current.Failure;
            }
        }
    }

    /// <summary>Why the last attempt to build a generation failed; null if it succeeded.</summary>
    public Exception? BuildFailure
    {
        get
        {
            lock (_lock)
            {
                return _buildFailure;
            }
        }
    }

    private (Exception? Failure, bool IsOver) Current => _failure is not null || _position is not null ? (_failure, _isOver) : (_buildFailure, _isBuildOver);

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

            if (Current is ({ } failure, var isOver) && (isOver || !isPatient))
            {
                return Task.FromException(new ReadModelBehindException(failure));
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

    /// <summary>Records that another generation is about to answer queries. Until its position is recorded, nobody may rely on more than it contains.</summary>
    public void BeginSwitch(ReadModelGeneration next)
    {
        lock (_lock)
        {
            _next = next;
            _position = _position > next.Position.Last ? next.Position.Last : _position;
        }
    }

    /// <summary>Records that the other generation does not answer queries.</summary>
    public void CancelSwitch()
    {
        lock (_lock)
        {
            _next = null;
        }
    }

    /// <summary>Records the generation that answers queries, with its position; null if there is none.</summary>
    public void Reach(ReadModelGeneration? serving)
    {
        lock (_lock)
        {
            // A round of the old generation, or a read before the switch, says nothing about the new one.
            _next = serving?.Number >= _next?.Number ? null : _next;
            Sequence? position = serving?.Position.Last;
            position = _next is not null && position > _next.Position.Last ? _next.Position.Last : position;
            _position = position;
            foreach (Waiter waiter in _waiters.Where(waiter => waiter.Through <= position))
            {
                waiter.Reached.TrySetResult();
            }

            FailWaiters();
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
            FailWaiters();
            return isNew;
        }
    }

    /// <summary>Records that the last attempt to build a generation succeeded.</summary>
    public void SucceedBuild()
    {
        lock (_lock)
        {
            _buildFailure = null;
        }
    }

    /// <summary>Records that the last attempt to build a generation failed. It concerns callers only if no other generation answers queries.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="isOver">Whether there will be no next attempt.</param>
    public void FailBuild(Exception failure, bool isOver)
    {
        lock (_lock)
        {
            (_buildFailure, _isBuildOver) = (failure, isOver);
            FailWaiters();
        }
    }

    /// <summary>Fails the callers that do not wait for the next attempt.</summary>
    private void FailWaiters()
    {
        if (Current is ({ } failure, var isOver))
        {
            foreach (Waiter waiter in _waiters.Where(waiter => isOver || !waiter.IsPatient))
            {
                waiter.Reached.TrySetException(new ReadModelBehindException(failure));
            }
        }
    }

    private sealed record Waiter(Sequence Through, bool IsPatient, TaskCompletionSource Reached);
}

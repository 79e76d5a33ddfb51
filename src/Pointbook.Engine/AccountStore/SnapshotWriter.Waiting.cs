using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <content>The callers that wait for the account store.</content>
internal sealed partial class SnapshotWriter
{
    /// <summary>Waits until everything up to an entry is in the account store. The snapshot writer then does not let more entries gather.</summary>
    public async Task WaitForAsync(Sequence through, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_position >= through && !_isRebuilding)
            {
                return;
            }

            if (_bug is not null)
            {
                throw _bug; // The same one for everybody, so that it is known as one bug and logged once.
            }

            waiter = new Waiter(through, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
            _hurry.TrySetResult();
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        try
        {
            await waiter.Reached.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
            }
        }
    }
}

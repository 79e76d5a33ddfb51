using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <content>Reads earlier operations: for replays, and for commands about them.</content>
public sealed partial class LocalPartition
{
    private async ValueTask<Outcome<Receipt>> ReplayAsync(AccountId account, Sequence operation, CancellationToken cancellationToken)
    {
        Outcome<RecordedOperation> first = await ReadOperationAsync(account, operation, _entriesMax, cancellationToken).ConfigureAwait(false);
        if (first.Refusal is null)
        {
            return new Receipt(_journal.Partition, first.Value!.Time, first.Value.Operation, IsReplay: true);
        }

        return first.Refusal.Code == RefusalCode.OperationNotFound
            ? await ExplainLostReplayAsync(account, operation, cancellationToken).ConfigureAwait(false)
            : first.Refusal;
    }

    /// <summary>Finds why an idempotency key points at an operation that the account does not have.</summary>
    private async ValueTask<Refusal> ExplainLostReplayAsync(AccountId account, Sequence operation, CancellationToken cancellationToken)
    {
        try
        {
            return await _operations.IsErasedAsync(operation, cancellationToken).ConfigureAwait(false)
                ? new Refusal(RefusalCode.CatchingUp) // The account was erased after the key was found. A repeated request finds that.
                : RefuseDamaged(new AccountDamagedException(account, $"an idempotency key points at entry {operation}, where no operation begins"));
        }
        catch (StorageFailureException failure)
        {
            _failures.Tell(failure);
            return new Refusal(RefusalCode.StorageUnavailable);
        }
    }

    private Refusal RefuseDamaged(AccountDamagedException damage)
    {
        ReportDamage(damage);
        return new Refusal(RefusalCode.AccountDamaged);
    }

    private async ValueTask<RecordedOperation?> FindStoredAsync(
        AccountId account, Sequence first, int entriesMax, CancellationToken cancellationToken)
    {
        await _reads.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _operations.FindAsync(account, first, entriesMax, _snapshotWriter.Position, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _reads.Release();
        }
    }

    private async ValueTask<Outcome<RecordedOperation>> ReadOperationAsync(
        AccountId account, Sequence first, int entriesMax, CancellationToken cancellationToken)
    {
        try
        {
            RecordedOperation? operation = _operations.FindUnstored(account, first, entriesMax)
                ?? await FindStoredAsync(account, first, entriesMax, cancellationToken).ConfigureAwait(false);
            return operation is null ? new Refusal(RefusalCode.OperationNotFound) : operation;
        }
        catch (JournalDamagedException damage)
        {
            _damage.Report(damage);
            return new Refusal(RefusalCode.JournalDamaged);
        }
        catch (AccountDamagedException damage)
        {
            return RefuseDamaged(damage);
        }
        catch (StorageFailureException failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _failures.Tell(failure);
            return new Refusal(RefusalCode.StorageUnavailable);
        }
        catch (ObjectDisposedException) when (_isStopping)
        {
            return new Refusal(RefusalCode.ShuttingDown);
        }
    }
}

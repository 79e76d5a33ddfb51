using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>The ledger, regardless of where its partitions run. Thread-safe.</summary>
/// <remarks>
/// Every answer, including a refusal, reflects all writes acknowledged before the call began. The caller gets it only
/// once everything that it reflects is durable. Expected refusals are values. An exception means a bug.
/// </remarks>
public interface ILedger
{
    /// <summary>The partition of an account. An id of another partition names no operation of the account.</summary>
    int PartitionOf(AccountId account);

    /// <summary>Executes a command, or refuses it.</summary>
    /// <remarks>
    /// Await the result once. The ledger may answer several callers on one thread, one after the other. So a caller must not block that
    /// thread, or work for long on it, before its next asynchronous wait.
    /// </remarks>
    /// <param name="command">
    /// The command. If its key was used before, the ledger returns the first answer again. The caller need not give the entries of its
    /// subject: the ledger reads them from the journal.
    /// </param>
    /// <param name="cancellationToken">Ends the wait. The partition still executes a queued command, but the caller does not get the answer.</param>
    /// <returns>The receipt of the written operation, or the refusal.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken);

    /// <summary>Reads the balance of an account. An account without entries has no payers.</summary>
    /// <param name="account">The account.</param>
    /// <param name="cancellationToken">As for <see cref="ExecuteAsync"/>.</param>
    ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken);

    /// <summary>Previews a spend and writes nothing.</summary>
    /// <param name="spend">The spend. Its origin is ignored.</param>
    /// <param name="cancellationToken">As for <see cref="ExecuteAsync"/>.</param>
    /// <returns>What the spend would draw, or why it would be refused.</returns>
    ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken);

    /// <summary>Reads a spend of an account, and its status.</summary>
    /// <param name="account">The account.</param>
    /// <param name="spend">The id of the spend. Any other id is refused with <see cref="RefusalCode.OperationNotFound"/>.</param>
    /// <param name="cancellationToken">As for <see cref="ExecuteAsync"/>.</param>
    ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken);
}

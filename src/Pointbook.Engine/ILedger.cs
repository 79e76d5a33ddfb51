using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>The ledger, wherever its partitions are hosted. Thread-safe.</summary>
/// <remarks>
/// Every answer, refusals included, reflects all writes that were acknowledged before the call began, and is given only
/// once everything it reflects is durable. Expected refusals are values; an exception means a bug.
/// </remarks>
public interface ILedger
{
    /// <summary>The partition of an account. An id of another partition names nothing of it.</summary>
    int PartitionOf(AccountId account);

    /// <summary>Carries out a command, or refuses it and changes nothing.</summary>
    /// <param name="command">
    /// What to do. If it has a key that was used before, the first answer is given again. The entries of its subject need not be
    /// given: they are read from the journal.
    /// </param>
    /// <param name="cancellationToken">Ends the wait: what was queued is carried out all the same, and whoever gave up does not learn of it.</param>
    /// <returns>What was written, or the refusal.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken);

    /// <summary>Reads the balance of an account; one that was never written on has no payers.</summary>
    /// <param name="account">Whose balance.</param>
    /// <param name="cancellationToken">As for <see cref="ExecuteAsync"/>.</param>
    ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken);

    /// <summary>Tries a spend out and writes nothing.</summary>
    /// <param name="spend">The spend; its origin says nothing here.</param>
    /// <param name="cancellationToken">As for <see cref="ExecuteAsync"/>.</param>
    /// <returns>What it would draw, or why it would be refused.</returns>
    ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken);

    /// <summary>Reads a spend of an account, and what became of it.</summary>
    /// <param name="account">Whose spend.</param>
    /// <param name="spend">Its id; anything else is refused with <see cref="RefusalCode.OperationNotFound"/>.</param>
    /// <param name="cancellationToken">As for <see cref="ExecuteAsync"/>.</param>
    ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken);
}

using Pointbook.Engine.Answers;
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
    /// <summary>Carries out a command, or refuses it and changes nothing.</summary>
    /// <param name="command">What to do. If it has a key that was used before, the first answer is given again.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue only: what was queued is carried out and answered.</param>
    /// <returns>What was written, or the refusal.</returns>
    ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken);

    /// <summary>Reads the balance of an account; one that was never written on has no payers.</summary>
    /// <param name="account">Whose balance.</param>
    /// <param name="cancellationToken">As for <see cref="ExecuteAsync"/>.</param>
    ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken);
}

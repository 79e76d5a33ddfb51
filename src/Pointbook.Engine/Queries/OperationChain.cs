using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Checks that a list has exactly the account's operations. Each sealed head states the operation before it and the balance.</summary>
/// <param name="account">The account.</param>
/// <param name="partition">The partition of the account.</param>
internal sealed class OperationChain(AccountId account, int partition)
{
    /// <summary>Checks a list in order from newest to oldest.</summary>
    /// <param name="place">The operation that the list must begin with, and the balance after it.</param>
    /// <param name="operations">The heads of the listed operations, with their sums.</param>
    /// <param name="next">The next listed operation, whose head was not read; zero if these are the account's oldest; null if unknown.</param>
    /// <returns>The operation that must come next, and the balance after it.</returns>
    /// <exception cref="AccountDamagedException">An operation is missing, or belongs to another account.</exception>
    /// <exception cref="JournalDamagedException">The balance sealed with an operation differs from the balance that the operation before it leaves.</exception>
    public ChainPlace CheckNewestFirst(ChainPlace place, IEnumerable<OperationHead> operations, Sequence? next)
    {
        foreach (OperationHead operation in operations)
        {
            ThrowUnlessSame(operation.First.Sequence, place.Operation);
            Points before = operation.First.BalanceBefore;
            if (place.Balance is { } after && Sum(operation) != after.Value)
            {
                throw WrongBalance(operation.First.Sequence, after);
            }

            place = new ChainPlace(operation.First.PreviousOperation, before);
        }

        ThrowUnlessSame(next ?? place.Operation, place.Operation);
        return place.Operation == Sequence.Zero && place.Balance is { IsZero: false } left ? throw WrongBalance(Sequence.Zero, left) : place;
    }

    /// <summary>Checks a list in order from oldest to newest. The caller that applies the operations checks the balances.</summary>
    /// <param name="before">The operation before the list; zero if there is none.</param>
    /// <param name="operations">The heads of the listed operations.</param>
    /// <param name="newest">The account's last operation, if the list ends with it; null if there are more.</param>
    /// <returns>The last operation of the list, or the one before it if the list is empty.</returns>
    /// <exception cref="AccountDamagedException">An operation is missing, or belongs to another account.</exception>
    public Sequence CheckOldestFirst(Sequence before, IEnumerable<OperationHead> operations, Sequence? newest)
    {
        Sequence last = before;
        foreach (OperationHead operation in operations)
        {
            ThrowUnlessSame(last, operation.First.PreviousOperation);
            last = operation.First.Sequence;
        }

        ThrowUnlessSame(last, newest ?? last);
        return last;
    }

    private static Int128 Sum(OperationHead operation) =>
        operation.Payers.Aggregate((Int128)operation.First.BalanceBefore.Value, (sum, payer) => sum + payer.Points.Value);

    private void ThrowUnlessSame(Sequence listed, Sequence expected)
    {
        if (listed != expected)
        {
            throw new AccountDamagedException(
                account, $"the list of its operations has {ToText(listed)} where the journal has {ToText(expected)}");
        }
    }

    private JournalDamagedException WrongBalance(Sequence operation, Points after) => new(
        partition, $"The journal of partition {partition} has {ToText(operation)} of account {account} before one that was sealed with a balance of {after}, which it does not leave.")
    {
        First = operation == Sequence.Zero ? null : operation,
        Last = operation == Sequence.Zero ? null : operation,
    };

    private static string ToText(Sequence operation) => operation == Sequence.Zero ? "no operation" : $"operation {operation}";
}

/// <summary>A place between two operations of an account.</summary>
/// <param name="Operation">The operation before the place; zero if there is none.</param>
/// <param name="Balance">The balance there, as the operation after the place states it; null if unknown.</param>
internal readonly record struct ChainPlace(Sequence Operation, Points? Balance);

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Commands;

/// <summary>What a client wants done to one account. Immutable.</summary>
/// <param name="Account">Whose points it is about.</param>
public abstract record Command(AccountId Account)
{
    /// <summary>Who asks and how they named it; null if nothing was said. It does not influence the decision.</summary>
    public Origin? Origin { get; init; }
}

/// <summary>Adds a transaction: a credit if its points are positive, a deduction if they are negative.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many; zero is refused.</param>
/// <param name="OccurredAt">When it happened.</param>
public sealed record AddTransaction(AccountId Account, PayerName Payer, Points Points, Instant OccurredAt) : Command(Account)
{
    /// <summary>When what is left of it expires; null if it never does.</summary>
    public Instant? ExpiresAt { get; init; }
}

/// <summary>Spends points, oldest first across payers.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Points">How many, at least 1.</param>
public sealed record SpendPoints(AccountId Account, Points Points) : Command(Account);

/// <summary>Empties the account. The journal keeps everything.</summary>
/// <param name="Account">Whose points it is about.</param>
public sealed record FlushAccount(AccountId Account) : Command(Account);

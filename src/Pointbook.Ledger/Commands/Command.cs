using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Commands;

/// <summary>A client's command for one account. Immutable.</summary>
/// <param name="Account">The account.</param>
public abstract record Command(AccountId Account)
{
    /// <summary>Who sent the command, and how the client identifies it; null if unknown. It does not influence the decision.</summary>
    public Origin? Origin { get; init; }
}

/// <summary>Adds a transaction: a credit if its points are positive, a deduction if they are negative.</summary>
/// <param name="Account">The account.</param>
/// <param name="Payer">The payer.</param>
/// <param name="Points">The number of points; zero is refused.</param>
/// <param name="OccurredAt">When it happened.</param>
public sealed record AddTransaction(AccountId Account, PayerName Payer, Points Points, Instant OccurredAt) : Command(Account)
{
    /// <summary>When the rest of the credit expires. Must be later than <see cref="OccurredAt"/>; invalid on a deduction. Null applies the policy.</summary>
    public Instant? ExpiresAt { get; init; }
}

/// <summary>Spends points, oldest first across payers.</summary>
/// <param name="Account">The account.</param>
/// <param name="Points">The number of points, at least 1.</param>
public sealed record SpendPoints(AccountId Account, Points Points) : Command(Account)
{
    /// <summary>How long the spend stays pending before it is reversed; more than zero. Null for a spend that is final at once.</summary>
    public TimeSpan? Hold { get; init; }
}

/// <summary>Empties the account. The journal keeps its entries.</summary>
/// <param name="Account">The account.</param>
public sealed record FlushAccount(AccountId Account) : Command(Account);

/// <summary>Ends an account that a flush has emptied, and erases its key and texts. A client may then use the key for a new account.</summary>
/// <param name="Account">The account.</param>
public sealed record EraseAccount(AccountId Account) : Command(Account);

/// <summary>Applies due expiries and ends of holds, as every command does first. It does nothing else.</summary>
/// <param name="Account">The account.</param>
public sealed record ExpireDue(AccountId Account) : Command(Account);

/// <summary>A client's command about an earlier operation.</summary>
/// <param name="Account">The account.</param>
/// <param name="Subject">The first entry of that operation.</param>
public abstract record SubjectCommand(AccountId Account, Sequence Subject) : Command(Account)
{
    /// <summary>The entries of that operation in the journal. They never change, so the server reads them before the decision.</summary>
    public IReadOnlyList<Entry> SubjectEntries { get; init; } = [];
}

/// <summary>Makes a pending spend final.</summary>
/// <param name="Account">The account.</param>
/// <param name="Subject">The first entry of the spend.</param>
public sealed record CaptureSpend(AccountId Account, Sequence Subject) : SubjectCommand(Account, Subject);

/// <summary>Returns the points of a spend to the lots from which they were drawn, only once.</summary>
/// <param name="Account">The account.</param>
/// <param name="Subject">The first entry of the spend.</param>
public sealed record ReverseSpend(AccountId Account, Sequence Subject) : SubjectCommand(Account, Subject);

/// <summary>Undoes the latest flush of an account, if the account has not changed since.</summary>
/// <param name="Account">The account.</param>
/// <param name="Subject">The first entry of the flush.</param>
public sealed record RestoreFlush(AccountId Account, Sequence Subject) : SubjectCommand(Account, Subject);

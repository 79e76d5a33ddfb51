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
    /// <summary>When what is left of the credit expires: later than <see cref="OccurredAt"/>, and never on a deduction. Null leaves it to the policy.</summary>
    public Instant? ExpiresAt { get; init; }
}

/// <summary>Spends points, oldest first across payers.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Points">How many, at least 1.</param>
public sealed record SpendPoints(AccountId Account, Points Points) : Command(Account)
{
    /// <summary>For how long the spend stays pending before it is undone; null for a spend that is final at once. More than zero.</summary>
    public TimeSpan? Hold { get; init; }
}

/// <summary>Empties the account. The journal keeps everything.</summary>
/// <param name="Account">Whose points it is about.</param>
public sealed record FlushAccount(AccountId Account) : Command(Account);

/// <summary>Expires what is due and ends the holds that are over, as every command does before anything else. It does nothing more.</summary>
/// <param name="Account">Whose points it is about.</param>
public sealed record ExpireDue(AccountId Account) : Command(Account);

/// <summary>What a client wants done about an earlier operation.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Subject">The first entry of that operation.</param>
public abstract record SubjectCommand(AccountId Account, Sequence Subject) : Command(Account)
{
    /// <summary>The entries of that operation as the journal has them. They never change, so they are read before the decision.</summary>
    public IReadOnlyList<Entry> SubjectEntries { get; init; } = [];
}

/// <summary>Makes a pending spend final.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Subject">The first entry of the spend.</param>
public sealed record CaptureSpend(AccountId Account, Sequence Subject) : SubjectCommand(Account, Subject);

/// <summary>Gives what a spend has drawn back to the very lots, once only.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Subject">The first entry of the spend.</param>
public sealed record ReverseSpend(AccountId Account, Sequence Subject) : SubjectCommand(Account, Subject);

/// <summary>Takes the latest flush of an account back, if nothing has happened there since.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Subject">The first entry of the flush.</param>
public sealed record RestoreFlush(AccountId Account, Sequence Subject) : SubjectCommand(Account, Subject);

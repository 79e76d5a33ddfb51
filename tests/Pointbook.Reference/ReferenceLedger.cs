using Pointbook.Ledger.Values;

namespace Pointbook.Reference;

/// <summary>
/// A second implementation of the rules of the ledger, as simple as possible. The property tests compare the ledger with it.
/// It is written from the rules alone, and shares only the value types with the ledger. It is slow on purpose.
/// </summary>
/// <remarks>
/// A test sends it the commands of the system under test, in the order in which they were committed, and compares the answers.
/// The model has no sequences. <see cref="ReferenceDraw.Arrival"/> counts the accepted transactions of an account, 1, 2, 3 …,
/// so a test that needs sequences must keep a list of those of its own transactions. A flush does not restart the count.
/// Accepted spends and flushes are numbered in the same way. Due events happen only in <see cref="ReferenceAccount.ApplyDue"/>.
/// </remarks>
public sealed class ReferenceLedger
{
    private readonly Dictionary<AccountId, ReferenceAccount> _accounts = [];

    /// <summary>The accounts that the test has named so far.</summary>
    public IReadOnlyCollection<AccountId> Accounts => _accounts.Keys;

    /// <summary>One account. An account that the test has not named yet is empty.</summary>
    public ReferenceAccount this[AccountId account]
    {
        get
        {
            if (!_accounts.TryGetValue(account, out ReferenceAccount? found))
            {
                found = new ReferenceAccount();
                _accounts.Add(account, found);
            }

            return found;
        }
    }

    /// <summary>Adds a transaction, and returns null if it was accepted.</summary>
    public ReferenceRefusal? Add(
        AccountId account, PayerName payer, long points, Instant occurredAt, Instant? timestampMax = null, Instant? expiresAt = null) =>
        this[account].Add(payer, points, occurredAt, timestampMax, expiresAt);

    /// <summary>Spends points, oldest first.</summary>
    public ReferenceSpend Spend(AccountId account, long points, Instant? holdUntil = null) => this[account].Spend(points, holdUntil);

    /// <summary>Ends an account that a flush has emptied, and returns null if this was accepted.</summary>
    public ReferenceRefusal? Erase(AccountId account) => this[account].Erase();

    /// <summary>Empties the account.</summary>
    public void Flush(AccountId account) => this[account].Flush();
}

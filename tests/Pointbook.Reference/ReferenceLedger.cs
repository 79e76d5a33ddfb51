using Pointbook.Ledger.Values;

namespace Pointbook.Reference;

/// <summary>
/// The rules of the ledger once more, as plainly as they can be said: the yardstick of every property test.
/// It is written from the rules alone and shares no code with the ledger but its values. Slow on purpose.
/// </summary>
/// <remarks>
/// Drive it with the commands the system under test gets, in the order in which they were committed, and compare the answers.
/// Sequences are not known here: <see cref="ReferenceDraw.Arrival"/> counts the accepted transactions of an account, 1, 2, 3 …,
/// so the test that needs a sequence keeps the list of the sequences its own transactions got. A flush does not restart the count.
/// Spends and flushes that were taken are numbered in the same way. Nothing is due until <see cref="ReferenceAccount.Pass"/> is told the time.
/// </remarks>
public sealed class ReferenceLedger
{
    private readonly Dictionary<AccountId, ReferenceAccount> _accounts = [];

    /// <summary>The accounts named so far.</summary>
    public IReadOnlyCollection<AccountId> Accounts => _accounts.Keys;

    /// <summary>One account; an account nobody named yet is empty.</summary>
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

    /// <summary>Adds a transaction. Null means it was taken.</summary>
    public ReferenceRefusal? Add(
        AccountId account, PayerName payer, long points, Instant occurredAt, Instant? timestampMax = null, Instant? expiresAt = null) =>
        this[account].Add(payer, points, occurredAt, timestampMax, expiresAt);

    /// <summary>Spends points, oldest first.</summary>
    public ReferenceSpend Spend(AccountId account, long points, Instant? holdUntil = null) => this[account].Spend(points, holdUntil);

    /// <summary>Ends an account that a flush has emptied. Null means that it was taken.</summary>
    public ReferenceRefusal? Erase(AccountId account) => this[account].Erase();

    /// <summary>Empties the account.</summary>
    public void Flush(AccountId account) => this[account].Flush();
}

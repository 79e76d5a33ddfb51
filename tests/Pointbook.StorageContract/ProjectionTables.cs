using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract;

/// <summary>All that a projection keeps, in a form in which two of them can be compared.</summary>
/// <param name="Position">How far it has come.</param>
/// <param name="Accounts">The accounts, by key.</param>
/// <param name="Totals">The sums of each payer over all accounts, by payer.</param>
public sealed record ProjectionTables(
    ProjectionPosition Position, IReadOnlyList<AccountTables> Accounts, IReadOnlyList<PayerTotalChange> Totals)
{
    /// <summary>The accounts and payers whose names begin like this.</summary>
    public ProjectionTables Of(string prefix) => new(
        Position,
        [.. Accounts.Where(account => account.Snapshot.Account.Value.StartsWith(prefix, StringComparison.Ordinal))],
        [.. Totals.Where(total => total.Payer.Value.StartsWith(prefix, StringComparison.Ordinal))]);
}

/// <summary>What a projection keeps of one account.</summary>
/// <param name="Snapshot">Its state.</param>
/// <param name="OpenLots">The number of open lots that the store counts for itself.</param>
/// <param name="LiveEntries">The entries since the latest flush, ascending.</param>
/// <param name="ArchivedEntries">The entries up to the latest flush, ascending.</param>
/// <param name="Keys">The used idempotency keys, by key.</param>
public sealed record AccountTables(
    AccountSnapshot Snapshot,
    long OpenLots,
    IReadOnlyList<Sequence> LiveEntries,
    IReadOnlyList<Sequence> ArchivedEntries,
    IReadOnlyList<(IdempotencyKey Key, KeyRecord Record)> Keys);

using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract;

/// <summary>Everything in an account store, in a form that tests can compare.</summary>
/// <param name="Position">The position of the account store.</param>
/// <param name="Accounts">The accounts, by key.</param>
public sealed record AccountStoreTables(AccountStorePosition Position, IReadOnlyList<AccountTables> Accounts)
{
    /// <summary>The accounts whose keys have this prefix.</summary>
    public AccountStoreTables Of(string prefix) => new(
        Position,
        [.. Accounts.Where(account => account.Snapshot.Account.Value.StartsWith(prefix, StringComparison.Ordinal))]);
}

/// <summary>Everything in an account store about one account.</summary>
/// <param name="Snapshot">The state of the account.</param>
/// <param name="Operations">The first entries of its operations, ascending.</param>
/// <param name="Ends">How its spends ended, by spend.</param>
/// <param name="Keys">The uses of idempotency keys, by operation.</param>
public sealed record AccountTables(
    AccountSnapshot Snapshot,
    IReadOnlyList<Sequence> Operations,
    IReadOnlyList<(Sequence Spend, SubjectEnd End)> Ends,
    IReadOnlyList<KeyRecord> Keys);

/// <summary>Everything in a read model about payers over all accounts.</summary>
public sealed record PayerTables
{
    /// <summary>Puts sums in order. A day with a sum of zero counts as a missing day.</summary>
    /// <param name="totals">The totals of each payer.</param>
    /// <param name="flows">The changes of balances.</param>
    /// <param name="stocks">The changes of lots.</param>
    public PayerTables(
        IEnumerable<PayerTotalChange> totals,
        IEnumerable<KeyValuePair<PayerFlow, Int128>> flows,
        IEnumerable<KeyValuePair<PayerStock, Int128>> stocks)
    {
        Totals = [.. totals.OrderBy(total => total.Payer)];
        Flows = [.. flows.Where(flow => flow.Value != 0).OrderBy(flow => flow.Key.Payer).ThenBy(flow => flow.Key.ToString(), StringComparer.Ordinal)];
        Stocks = [.. stocks.Where(stock => stock.Value != 0).OrderBy(stock => stock.Key.Payer).ThenBy(stock => stock.Key.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>The totals, by payer.</summary>
    public IReadOnlyList<PayerTotalChange> Totals { get; }

    /// <summary>The changes of balances, by payer and day.</summary>
    public IReadOnlyList<KeyValuePair<PayerFlow, Int128>> Flows { get; }

    /// <summary>The changes of lots, by payer and day.</summary>
    public IReadOnlyList<KeyValuePair<PayerStock, Int128>> Stocks { get; }

    /// <summary>The sums of the payers whose names have this prefix.</summary>
    public PayerTables Of(string prefix)
    {
        bool IsOne(PayerName payer) => payer.Value.StartsWith(prefix, StringComparison.Ordinal);
        return new PayerTables(
            Totals.Where(total => IsOne(total.Payer)), Flows.Where(flow => IsOne(flow.Key.Payer)), Stocks.Where(stock => IsOne(stock.Key.Payer)));
    }
}

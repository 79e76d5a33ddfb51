using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract;

/// <summary>All that an account store keeps, in a form in which two of them can be compared.</summary>
/// <param name="Position">How far it has come.</param>
/// <param name="Accounts">The accounts, by key.</param>
public sealed record AccountStoreTables(AccountStorePosition Position, IReadOnlyList<AccountTables> Accounts)
{
    /// <summary>The accounts whose keys begin like this.</summary>
    public AccountStoreTables Of(string prefix) => new(
        Position,
        [.. Accounts.Where(account => account.Snapshot.Account.Value.StartsWith(prefix, StringComparison.Ordinal))]);
}

/// <summary>What an account store keeps of one account.</summary>
/// <param name="Snapshot">Its state.</param>
/// <param name="Operations">The first entries of its operations, ascending.</param>
/// <param name="Ends">What became of its spends, by spend.</param>
/// <param name="Keys">What idempotency keys were used for, by operation.</param>
public sealed record AccountTables(
    AccountSnapshot Snapshot,
    IReadOnlyList<Sequence> Operations,
    IReadOnlyList<(Sequence Spend, SubjectEnd End)> Ends,
    IReadOnlyList<KeyRecord> Keys);

/// <summary>What a read model keeps of payers over all accounts.</summary>
public sealed record PayerTables
{
    /// <summary>Puts sums into their order. Days of which nothing is left count like days that there are not.</summary>
    /// <param name="totals">The totals of each payer.</param>
    /// <param name="flows">What balances changed by.</param>
    /// <param name="stocks">What lots changed by.</param>
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

    /// <summary>What balances changed by, by payer and day.</summary>
    public IReadOnlyList<KeyValuePair<PayerFlow, Int128>> Flows { get; }

    /// <summary>What lots changed by, by payer and day.</summary>
    public IReadOnlyList<KeyValuePair<PayerStock, Int128>> Stocks { get; }

    /// <summary>Those of the payers whose names begin like this.</summary>
    public PayerTables Of(string prefix)
    {
        bool IsOne(PayerName payer) => payer.Value.StartsWith(prefix, StringComparison.Ordinal);
        return new PayerTables(
            Totals.Where(total => IsOne(total.Payer)), Flows.Where(flow => IsOne(flow.Key.Payer)), Stocks.Where(stock => IsOne(stock.Key.Payer)));
    }
}

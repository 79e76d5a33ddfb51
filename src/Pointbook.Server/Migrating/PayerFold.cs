using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres;

namespace Pointbook.Server.Migrating;

/// <summary>What the entries of a journal say of each payer over all accounts, added up without the code and the SQL of the projection.</summary>
internal sealed class PayerFold
{
    private const string Advice = "drop the database, create it anew and migrate again, and report it if that does not help.";

    private readonly Dictionary<PayerName, (Int128 Points, Int128 InLots)> _payers = [];

    /// <summary>Adds entries.</summary>
    public void Add(IEnumerable<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            if (entry.Payer is { } payer)
            {
                (Int128 points, Int128 inLots) = _payers.GetValueOrDefault(payer);
                _payers[payer] = (points + entry.Points.Value, inLots + entry.LotPoints.Value);
            }
        }
    }

    /// <summary>Compares the sums with those of a projection.</summary>
    /// <param name="projected">What the projection holds.</param>
    /// <param name="name">Where it is, for the message.</param>
    /// <exception cref="StoreException">They differ.</exception>
    public void Compare(IReadOnlyList<PayerSums> projected, string name)
    {
        foreach (PayerSums payer in projected)
        {
            (Int128 points, Int128 inLots) = _payers.GetValueOrDefault(payer.Payer);
            Int128 outstanding = inLots - points;
            bool isSame = payer.TotalPoints == points && payer.LinePoints == points && payer.LotPoints == inLots
                && payer.TotalOutstanding == outstanding && payer.LineOutstanding == outstanding;
            if (!isSame)
            {
                throw new StoreException($"The projection in {name} does not add up to the journal for {payer.Payer.Value}; {Advice}");
            }
        }

        if (projected.Count != _payers.Count)
        {
            throw new StoreException($"The projection in {name} knows {projected.Count} payers and the journal {_payers.Count}; {Advice}");
        }
    }
}

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>Adds up what the entries of one operation change for each payer. Not thread-safe.</summary>
internal sealed class PayerTally
{
    private readonly OrderedDictionary<PayerName, Points> _changed = [];
    private readonly OrderedDictionary<PayerName, Points> _settled = [];

    /// <summary>The sums of an operation.</summary>
    /// <param name="entries">All its entries.</param>
    public static IReadOnlyList<OperationPayer> Of(IReadOnlyList<Entry> entries)
    {
        PayerTally tally = new();
        foreach (Entry entry in entries)
        {
            tally.Add(entry);
        }

        return tally.ToSums();
    }

    public void Clear()
    {
        _changed.Clear();
        _settled.Clear();
    }

    /// <summary>Adds an entry.</summary>
    public void Add(Entry entry)
    {
        if (entry.Payer is { } payer)
        {
            Add(entry.Kind, payer, entry.Points);
        }
    }

    /// <summary>Adds what would be an entry.</summary>
    public void Add(EntryKind kind, PayerName payer, Points points)
    {
        OrderedDictionary<PayerName, Points> sums = kind == EntryKind.Settlement ? _settled : _changed;
        sums[payer] = sums.GetValueOrDefault(payer) + points;
    }

    /// <summary>The sums: first the payers whose entries are not only settlements, then the others, each in order of first entry.</summary>
    public IReadOnlyList<OperationPayer> ToSums()
    {
        List<OperationPayer> sums = new(_changed.Count + _settled.Count);
        ForEach(sums, static (list, sum) => list.Add(sum));
        return sums;
    }

    /// <summary>Visits the sums in the order of <see cref="ToSums"/>, without a list of them.</summary>
    public void ForEach<TState>(TState state, Action<TState, OperationPayer> visit)
    {
        foreach ((PayerName payer, Points points) in _changed)
        {
            visit(state, new OperationPayer(payer, points, IsSettledOnly: false));
        }

        foreach ((PayerName payer, Points points) in _settled)
        {
            if (!_changed.ContainsKey(payer))
            {
                visit(state, new OperationPayer(payer, points, IsSettledOnly: true));
            }
        }
    }
}

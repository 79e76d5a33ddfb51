using System.Runtime.InteropServices;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>Adds up the changes that the entries of one operation make for each payer. Reusable. Not thread-safe.</summary>
internal sealed class PayerTally
{
    private readonly Sums _changed = new();
    private readonly Sums _settled = new();

    /// <summary>The sums of an operation.</summary>
    /// <param name="entries">All entries of the operation.</param>
    public static IReadOnlyList<OperationPayer> Of(IReadOnlyList<Entry> entries)
    {
        PayerTally tally = new();
        foreach (Entry entry in entries)
        {
            tally.Add(entry);
        }

        return tally.ToSums();
    }

    /// <summary>Clears the sums for another operation.</summary>
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

    /// <summary>Adds the data of an entry that is not created.</summary>
    public void Add(EntryKind kind, PayerName payer, Points points)
    {
        bool settles = kind == EntryKind.Settlement;
        (settles ? _settled : _changed).Add(new OperationPayer(payer, points, settles));
    }

    /// <summary>The sums: first payers with entries other than settlements, then the others, each in order of first entry.</summary>
    public IReadOnlyList<OperationPayer> ToSums()
    {
        List<OperationPayer> sums = new(_changed.All.Count + _settled.All.Count);
        CopyTo(sums);
        return sums;
    }

    /// <summary>Adds the sums to a list, in the order of <see cref="ToSums"/>.</summary>
    public void CopyTo(List<OperationPayer> sums)
    {
        sums.AddRange(_changed.All);
        foreach (OperationPayer settled in _settled.All)
        {
            if (!_changed.Contains(settled.Payer))
            {
                sums.Add(settled);
            }
        }
    }

    /// <summary>Sums in order of first entry.</summary>
    private sealed class Sums
    {
        // Most operations have very few payers. A linear search finds those faster.
        private const int ListedMax = 8;

        private readonly List<OperationPayer> _sums = [];
        private readonly Dictionary<PayerName, int> _places = [];

        public List<OperationPayer> All => _sums;

        public void Add(in OperationPayer added)
        {
            if (Find(added.Payer) is var place && place < 0)
            {
                _sums.Add(added);
                return;
            }

            ref OperationPayer sum = ref CollectionsMarshal.AsSpan(_sums)[place];
            sum = sum with { Points = sum.Points + added.Points };
        }

        public bool Contains(PayerName payer) => Find(payer) >= 0;

        public void Clear()
        {
            _sums.Clear();
            _places.Clear();
        }

        private int Find(PayerName payer)
        {
            if (_sums.Count > ListedMax)
            {
                for (int place = _places.Count; place < _sums.Count; place++)
                {
                    _places.Add(_sums[place].Payer, place);
                }

                return _places.TryGetValue(payer, out int found) ? found : -1;
            }

            for (int place = 0; place < _sums.Count; place++)
            {
                if (_sums[place].Payer == payer)
                {
                    return place;
                }
            }

            return -1;
        }
    }
}

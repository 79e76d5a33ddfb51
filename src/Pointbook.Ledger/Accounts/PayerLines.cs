using System.Collections;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The payers' lines of one account in order of first appearance. Not thread-safe.</summary>
/// <remarks>A part of the state and not a separate object: there are very many accounts with one or two payers.</remarks>
internal struct PayerLines
{
    /// <summary>Up to how many lines a payer is looked for in one after the other. That takes no memory, and no longer than a dictionary.</summary>
    internal const int WalkedMax = 8;

    private PayerLine? _first;
    private PayerLine? _last;
    private Dictionary<PayerName, PayerLine>? _byName;
    private long _lineBytes;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them owe something; the state counts them.</summary>
    public int Owing { get; set; }

    /// <summary>How much memory they take, in bytes, besides the fields of this.</summary>
    public readonly long SizeInBytes => _lineBytes + (_byName is null ? 0 : HeapSize.Of(_byName));

    /// <summary>Finds the line of a payer.</summary>
    public readonly bool TryGet(PayerName name, [NotNullWhen(true)] out PayerLine? line)
    {
        if (_byName is not null)
        {
            return _byName.TryGetValue(name, out line);
        }

        for (line = _first; line is not null; line = line.Next)
        {
            if (line.Name.Equals(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The line of a payer that has one.</summary>
    /// <exception cref="KeyNotFoundException">It has none.</exception>
    public readonly PayerLine Get(PayerName name) => TryGet(name, out PayerLine? line) ? line : throw new KeyNotFoundException($"{name} has no line.");

    /// <summary>Adds a line behind the others. Its payer must not have one.</summary>
    public void Add(PayerLine line)
    {
        Debug.Assert(!TryGet(line.Name, out _), "A payer has one line.");
        line.Previous = _last;
        _ = _last is null ? _first = line : _last.Next = line;
        _last = line;
        Count++;
        _lineBytes += line.SizeInBytes;
        if (_byName is not null)
        {
            _byName.Add(line.Name, line);
        }
        else if (Count > WalkedMax)
        {
            _byName = ToCollection().ToDictionary(known => known.Name);
        }
    }

    /// <summary>Takes a line out.</summary>
    public void Remove(PayerLine line)
    {
        _ = line.Previous is null ? _first = line.Next : line.Previous.Next = line.Next;
        _ = line.Next is null ? _last = line.Previous : line.Next.Previous = line.Previous;
        line.Previous = line.Next = null;
        Count--;
        _lineBytes -= line.SizeInBytes;
        if (Count <= WalkedMax / 2)
        {
            _byName = null;
        }

        _byName?.Remove(line.Name);
    }

    /// <summary>The lines as a collection, which is good until one comes or goes.</summary>
    public readonly IReadOnlyCollection<PayerLine> ToCollection() => Count == 0 ? [] : new View(_first, Count);

    private sealed class View(PayerLine? first, int count) : IReadOnlyCollection<PayerLine>
    {
        public int Count => count;

        public IEnumerator<PayerLine> GetEnumerator()
        {
            for (PayerLine? line = first; line is not null; line = line.Next)
            {
                yield return line;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

using System.Collections;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The payers' lines of one account in order of first appearance. Not thread-safe.</summary>
/// <remarks>A part of the state, not a separate object, because very many accounts have only one or two payers.</remarks>
internal struct PayerLines
{
    /// <summary>The largest number of lines that are searched one by one. This takes no memory, and is as fast as a dictionary.</summary>
    internal const int WalkedMax = 8;

    private PayerLine? _first;
    private PayerLine? _last;
    private Dictionary<PayerName, PayerLine>? _byName;
    private long _lineBytes;

    /// <summary>The number of lines.</summary>
    public int Count { get; private set; }

    /// <summary>The number of payers with unpaid deductions; the state maintains it.</summary>
    public int Owing { get; set; }

    /// <summary>Their size in memory, in bytes, without the fields of this struct.</summary>
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

    /// <summary>The line of a payer, which must have one.</summary>
    /// <exception cref="KeyNotFoundException">The payer has no line.</exception>
    public readonly PayerLine Get(PayerName name) => TryGet(name, out PayerLine? line) ? line : throw new KeyNotFoundException($"{name} has no line.");

    /// <summary>Adds a line after the others. Its payer must not have a line yet.</summary>
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

    /// <summary>Removes a line.</summary>
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

    /// <summary>The lines as a collection, valid until a line is added or removed.</summary>
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

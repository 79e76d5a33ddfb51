using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Receives the entries of a spend, one by one.</summary>
public interface ISpendSink
{
    /// <summary>Receives the first entry, which changes no lot.</summary>
    void TakeHeader(Entry header);

    /// <summary>Receives a settlement or a draw.</summary>
    void TakeLine(in SpendLine line);
}

/// <summary>A settlement or a draw before it becomes an entry. A caller that only sums a spend of very many lots needs no entries.</summary>
public readonly struct SpendLine
{
    private readonly Entry _header;
    private readonly Origin? _origin;
    private readonly Sequence _sequence;
    private readonly Lot _lot;
    private readonly Points _lotPoints;

    internal SpendLine(EntryKind kind, in Lot lot, Sequence sequence, Entry header, Points points, Points lotPoints, Origin? origin)
    {
        (Kind, Points, _lotPoints) = (kind, points, lotPoints);
        (_header, _origin, _sequence, _lot) = (header, origin, sequence, lot);
    }

    /// <summary>Settlement or draw.</summary>
    public EntryKind Kind { get; }

    /// <summary>The change of the payer's balance; zero for a settlement.</summary>
    public Points Points { get; }

    /// <summary>The payer of the lot.</summary>
    public PayerName Payer => _lot.Payer.Name;

    /// <summary>The line as an entry.</summary>
    public Entry ToEntry() => new()
    {
        Sequence = _sequence,
        Kind = Kind,
        Account = _header.Account,
        Opening = _header.Opening,
        Payer = Payer,
        Points = Points,
        LotPoints = _lotPoints,
        OccurredAt = _lot.Key.OccurredAt,
        Lot = _lot.Key.Sequence,
        ExpiresAt = _lot.ExpiresAt,
        Operation = _header.Sequence,
        Origin = _origin,
    };
}

/// <summary>Converts every line to an entry.</summary>
internal readonly struct EntrySink(ICollection<Entry> entries) : ISpendSink
{
    public void TakeHeader(Entry header) => entries.Add(header);

    public void TakeLine(in SpendLine line) => entries.Add(line.ToEntry());
}

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;

namespace Pointbook.Engine.Queries;

/// <summary>Keeps the first entries of a spend and adds up all of them. It runs on the partition's loop, so it creates only entries that answers show.</summary>
/// <param name="firstMax">The most first entries that it keeps.</param>
internal sealed class PreviewSink(int firstMax) : ISpendSink
{
    private readonly List<Entry> _first = [];
    private readonly PayerTally _tally = new();
    private int _count;

    public void TakeHeader(Entry header)
    {
        _first.Add(header);
        _count++;
    }

    public void TakeLine(in SpendLine line)
    {
        _tally.Add(line.Kind, line.Payer, line.Points);
        if (_count++ < firstMax)
        {
            _first.Add(line.ToEntry());
        }
    }

    /// <summary>The outline of the spend.</summary>
    public OperationOutline ToOutline() => new(_first, _count, _tally.ToSums());
}

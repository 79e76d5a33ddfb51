using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;

namespace Pointbook.Engine.Queries;

/// <summary>Keeps the first entries of a spend and adds up all of them. It runs on the writer's loop, so it makes no entries that no answer shows.</summary>
/// <param name="firstMax">How many first entries it keeps.</param>
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

    /// <summary>What it has taken.</summary>
    public OperationOutline ToOutline() => new(_first, _count, _tally.ToSums());
}

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Collects the entries that a spend would write.</summary>
internal sealed class ListSink(ICollection<Entry> entries) : ISpendSink
{
    public void TakeHeader(Entry header) => entries.Add(header);

    public void TakeLine(in SpendLine line) => entries.Add(line.ToEntry());
}

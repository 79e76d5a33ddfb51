using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Operations;

/// <summary>The writes that the server had acknowledged at some moment.</summary>
internal sealed class AcknowledgedWrites(WriteLog log)
{
    // Flushes cannot be distinguished from each other.
    private readonly List<Write> _writes = [.. log.Writes.Where(write => write is { State: WriteState.Done, Kind: not WriteKind.Flush })];

    /// <summary>Checks that a restored ledger has all these writes at the same positions as the original.</summary>
    /// <param name="original">All operations of the original ledger.</param>
    /// <param name="restored">All operations of the restored one.</param>
    public void Check(IReadOnlyList<Operation> original, IReadOnlyList<Operation> restored)
    {
        new Reconciliation(log).Check(original);
        HashSet<(int, string)> there = [.. restored.Select(Content)];
        Assert.NotEmpty(_writes);
        Assert.All(_writes, write => Assert.Contains(Content(write.Recorded!), there));
        // The restored journal is a prefix of the original and nothing else.
        Assert.Subset(original.Select(Content).ToHashSet(), there);
        Assert.InRange(restored.Count, _writes.Count, original.Count);
    }

    private static (int Partition, string Rows) Content(Operation operation) => (operation.Partition, string.Join('\n', operation.Rows));
}

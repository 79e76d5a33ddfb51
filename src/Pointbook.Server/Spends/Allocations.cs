using Pointbook.Contracts;
using Pointbook.Engine;

namespace Pointbook.Server.Spends;

/// <summary>Sums a spend's draws, or a reversal's returns, per payer.</summary>
internal static class Allocations
{
    /// <summary>How many points each payer gave or got back, in order of its first draw or return. The numbers are positive.</summary>
    public static IReadOnlyList<Allocation> Of(OperationOutline operation) =>
        [.. Drawn(operation).Select(payer => new Allocation(payer.Payer.Value, Math.Abs(payer.Points.Value)))];

    /// <summary>The change of each payer's balance, in the same order.</summary>
    public static IReadOnlyList<SpendLine> ToLines(OperationOutline spend) =>
        [.. Drawn(spend).Select(payer => new SpendLine(payer.Payer.Value, payer.Points.Value))];

    private static IEnumerable<OperationPayer> Drawn(OperationOutline operation) => operation.Payers.Where(payer => !payer.IsSettledOnly);
}

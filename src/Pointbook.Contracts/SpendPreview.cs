using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>What a spend would draw if the server carried it out now. The server wrote nothing. All numbers are positive.</summary>
/// <param name="Account">The account key.</param>
/// <param name="Points">The number of points that the spend would draw.</param>
/// <param name="AsOf">The time of the preview, in UTC. Entries recorded later may change what a spend draws.</param>
/// <param name="Allocations">The points that each payer would give, in order of first draw.</param>
/// <param name="Draws">
/// The points that the spend would draw from each credit, in spending order. For a large spend, the list has only the draws
/// among the first lines. No operation exists, so the other lines cannot be read.
/// </param>
/// <param name="LinesCount">
/// The number of all lines that the spend would have: its draws, and its settlements of unpaid deductions.
/// </param>
public sealed record SpendPreview(
    string Account,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset AsOf,
    IReadOnlyList<Allocation> Allocations,
    IReadOnlyList<Draw> Draws,
    int LinesCount);

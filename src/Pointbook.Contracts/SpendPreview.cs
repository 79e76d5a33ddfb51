using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>What a spend would do if it were carried out now. All its numbers are positive.</summary>
/// <param name="Account">Whose points would be spent.</param>
/// <param name="Points">How many.</param>
/// <param name="AsOf">When that was found: what is recorded later may change it.</param>
/// <param name="Allocations">What each payer would give, in order of first draw.</param>
/// <param name="Draws">What would be taken out of which transaction, in order: of a large spend only what its first lines would have. The rest of a preview can't be read.</param>
/// <param name="LinesCount">How many lines it would have in all: draws, and settlements of unpaid deductions.</param>
public sealed record SpendPreview(
    string Account,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset AsOf,
    IReadOnlyList<Allocation> Allocations,
    IReadOnlyList<Draw> Draws,
    int LinesCount);

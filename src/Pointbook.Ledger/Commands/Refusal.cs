using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Commands;

/// <summary>The answer to a refused command: the reason, and figures that explain it. Immutable.</summary>
/// <param name="Code">The reason.</param>
public sealed record Refusal(RefusalCode Code)
{
    /// <summary>The number of available points, if there are too few.</summary>
    public Points? Available { get; init; }

    /// <summary>The number of requested points without a sign, if too few are available.</summary>
    public ulong? Requested { get; init; }

    /// <summary>The payer that the reason concerns.</summary>
    public PayerName? Payer { get; init; }

    /// <summary>The latest timestamp that is valid now, if the timestamp is the reason.</summary>
    public Instant? TimestampMax { get; init; }
}

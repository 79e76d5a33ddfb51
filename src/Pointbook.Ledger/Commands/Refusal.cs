using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Commands;

/// <summary>The answer to a command that changes nothing: why, and the numbers that help. Immutable.</summary>
/// <param name="Code">Why.</param>
public sealed record Refusal(RefusalCode Code)
{
    /// <summary>How many points there are, where too few are the reason.</summary>
    public Points? Available { get; init; }

    /// <summary>How many points were asked for, without a sign, where too few are the reason.</summary>
    public ulong? Requested { get; init; }

    /// <summary>The payer the reason is about.</summary>
    public PayerName? Payer { get; init; }

    /// <summary>The latest timestamp that would be taken now, where the timestamp is the reason.</summary>
    public Instant? TimestampMax { get; init; }
}

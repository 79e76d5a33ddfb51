using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Reference;

/// <summary>Why a command was refused, and how many points are available if they do not suffice.</summary>
public sealed record ReferenceRefusal(RefusalCode Code, Int128? Available = null);

/// <summary>What one spend drew from the credit that arrived as number <paramref name="Arrival"/>. Points are positive.</summary>
public sealed record ReferenceDraw(PayerName Payer, Instant OccurredAt, int Arrival, long Points);

/// <summary>What one payer pays for a spend. Points are negative, as in the reply to the spend.</summary>
public sealed record ReferenceAllocation(PayerName Payer, long Points);

/// <summary>One line of a balance.</summary>
public sealed record ReferenceLine(PayerName Payer, long Points);

/// <summary>The answer to a spend: a refusal, or draws and allocations in the order in which the spend made them.</summary>
public sealed record ReferenceSpend(
    ReferenceRefusal? Refusal,
    IReadOnlyList<ReferenceDraw> Draws,
    IReadOnlyList<ReferenceAllocation> Allocations);

/// <summary>The answer to a reversal: a refusal, or the returned draws, in the order in which the spend made them.</summary>
public sealed record ReferenceReversal(ReferenceRefusal? Refusal, IReadOnlyList<ReferenceDraw> Returns);

/// <summary>What a credit can still give after the deductions of its payer are paid. Points are positive.</summary>
public sealed record ReferenceLot(PayerName Payer, Instant OccurredAt, int Arrival, long Points, Instant? ExpiresAt = null);

/// <summary>An event that happened because it was due.</summary>
public abstract record ReferenceEvent(Instant At);

/// <summary>The hold of a spend ended, and its draws were returned.</summary>
public sealed record ReferenceHoldEnd(Instant At, int Spend) : ReferenceEvent(At);

/// <summary>A credit expired: it first paid deductions of its payer, and the rest is lost.</summary>
public sealed record ReferenceExpiry(Instant At, int Arrival, long Settled, long Expired) : ReferenceEvent(At);

using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Reference;

/// <summary>Why nothing happened, and how much there is if too little is the reason.</summary>
public sealed record ReferenceRefusal(RefusalCode Code, Int128? Available = null);

/// <summary>What one spend took out of the credit that came in as number <paramref name="Arrival"/>. Points are positive.</summary>
public sealed record ReferenceDraw(PayerName Payer, Instant OccurredAt, int Arrival, long Points);

/// <summary>What one payer pays for a spend. Points are negative, as the spend's reply has them.</summary>
public sealed record ReferenceAllocation(PayerName Payer, long Points);

/// <summary>One line of a balance.</summary>
public sealed record ReferenceLine(PayerName Payer, long Points);

/// <summary>The answer to a spend: a refusal, or draws and allocations in the order in which they were made.</summary>
public sealed record ReferenceSpend(
    ReferenceRefusal? Refusal,
    IReadOnlyList<ReferenceDraw> Draws,
    IReadOnlyList<ReferenceAllocation> Allocations);

/// <summary>The answer to a reversal: a refusal, or what went back, in the order in which it was drawn.</summary>
public sealed record ReferenceReversal(ReferenceRefusal? Refusal, IReadOnlyList<ReferenceDraw> Returns);

/// <summary>What a credit can still give once the deductions of its payer are paid. Points are positive.</summary>
public sealed record ReferenceLot(PayerName Payer, Instant OccurredAt, int Arrival, long Points, Instant? ExpiresAt = null);

/// <summary>Something that happened because its time had come.</summary>
public abstract record ReferenceEvent(Instant At);

/// <summary>The hold of a spend ended, and what it had drawn went back.</summary>
public sealed record ReferenceHoldEnd(Instant At, int Spend) : ReferenceEvent(At);

/// <summary>A credit expired: some of what was left paid deductions, and the rest is lost.</summary>
public sealed record ReferenceExpiry(Instant At, int Arrival, long Settled, long Expired) : ReferenceEvent(At);

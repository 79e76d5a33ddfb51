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

/// <summary>What a credit can still give once the deductions of its payer are paid. Points are positive.</summary>
public sealed record ReferenceLot(PayerName Payer, Instant OccurredAt, int Arrival, long Points);

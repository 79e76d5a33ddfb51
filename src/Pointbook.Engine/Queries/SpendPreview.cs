using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>What a spend would write if it were carried out now. Immutable.</summary>
/// <param name="Partition">The partition of the account.</param>
/// <param name="AsOf">When it was tried out.</param>
/// <param name="Operation">What it would write; the places of the entries say nothing.</param>
public sealed record SpendPreview(int Partition, Instant AsOf, OperationOutline Operation);

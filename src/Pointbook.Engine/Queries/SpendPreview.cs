using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>The operation that a spend would write if it were executed now. Immutable.</summary>
/// <param name="Partition">The partition of the account.</param>
/// <param name="AsOf">When the preview was computed.</param>
/// <param name="Operation">The operation. The sequences of its entries have no meaning.</param>
public sealed record SpendPreview(int Partition, Instant AsOf, OperationOutline Operation);

using Pointbook.Engine.ReadModel;

namespace Pointbook.Engine.Queries;

/// <summary>Some payers in ordinal order. Immutable.</summary>
/// <param name="Payers">Their sums over all accounts.</param>
/// <param name="HasMore">Whether there are payers behind the last one.</param>
public sealed record PayerPage(IReadOnlyList<PayerTotal> Payers, bool HasMore);

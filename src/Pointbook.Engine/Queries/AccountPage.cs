
namespace Pointbook.Engine.Queries;

/// <summary>Some accounts in ordinal order. Immutable.</summary>
/// <param name="Accounts">Their balances, each as of when it was read.</param>
/// <param name="HasMore">Whether there are accounts behind the last one.</param>
public sealed record AccountPage(IReadOnlyList<AccountBalance> Accounts, bool HasMore);

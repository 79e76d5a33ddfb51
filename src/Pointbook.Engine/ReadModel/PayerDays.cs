namespace Pointbook.Engine.ReadModel;

/// <summary>The flows and stocks of one payer, by days, as of one moment.</summary>
/// <param name="Position">The sums contain every entry up to this position, and none after it.</param>
/// <param name="Total">The totals of the payer, or null if it has none.</param>
/// <param name="Flows">The changes of the payer's balances.</param>
/// <param name="Stocks">The changes of the payer's lots.</param>
public sealed record PayerDays(
    ReadModelPosition Position, PayerTotal? Total, IReadOnlyList<KeyValuePair<PayerFlow, Int128>> Flows, IReadOnlyList<KeyValuePair<PayerStock, Int128>> Stocks);

namespace Pointbook.Engine.ReadModel;

/// <summary>What flowed and what is left of one payer, by days.</summary>
/// <param name="Flows">The changes of its balances.</param>
/// <param name="Stocks">The changes of its lots.</param>
public sealed record PayerDays(IReadOnlyList<KeyValuePair<PayerFlow, Int128>> Flows, IReadOnlyList<KeyValuePair<PayerStock, Int128>> Stocks);

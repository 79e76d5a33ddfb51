namespace Pointbook.Contracts;

/// <summary>What one payer gave for a spend, as <c>POST /spend</c> says it: with a negative number.</summary>
/// <param name="Payer">Who funded the points.</param>
/// <param name="Points">By how much the payer's balance changed: less than zero.</param>
public sealed record SpendLine(string Payer, long Points);

namespace Pointbook.Contracts;

/// <summary>The points that one payer gave for a spend, as a negative number: an item of the reply to <c>POST /spend</c>.</summary>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Points">The change of the payer's balance. Always negative.</param>
public sealed record SpendLine(string Payer, long Points);

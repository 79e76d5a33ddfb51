using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>What had happened in an account up to a timestamp, as far as it was recorded by another one.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="EffectiveAt">Up to when it happened: credits and deductions by timestamp, expiries by expiry, all else by the time of record.</param>
/// <param name="KnownAt">Up to when it was recorded.</param>
/// <param name="Basis">Always <see cref="EffectiveBasis"/>.</param>
/// <param name="Payers">The sums of the payers.</param>
public sealed record EffectiveBalance(
    string Account,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset EffectiveAt,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset KnownAt,
    string Basis,
    IReadOnlyList<PayerSum> Payers)
{
    /// <summary>What <see cref="Basis"/> says, so that nobody takes the sums for a balance that could be spent.</summary>
    public const string EffectiveBasis = "effective";
}

/// <summary>What one payer's entries add up to.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">The sum. It may be negative, and it may be beyond 64 bits.</param>
public sealed record PayerSum(string Payer, Int128 Points);

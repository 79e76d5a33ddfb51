using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Engine.Queries;

namespace Pointbook.Server.Statements;

/// <summary>Converts statements to the contract.</summary>
internal static class StatementForm
{
    private static readonly (int FromDays, int? ToDays)[] Bands = [(0, 90), (91, 180), (181, 365), (366, null)];

    /// <summary>Converts a statement for JSON.</summary>
    public static Statement Of(PayerStatement statement) => new()
    {
        Payer = statement.Payer.Value,
        From = statement.From,
        To = statement.To,
        Opening = statement.Opening,
        Credited = statement.Credited,
        Deducted = statement.Deducted,
        Spent = statement.Spent,
        Returned = statement.Returned,
        Expired = statement.Expired,
        Flushed = statement.Flushed,
        Restored = statement.Restored,
        Closing = statement.Closing,
        AddsUp = statement.AddsUp,
        Late = new LateFlows(statement.CreditedLate, statement.DeductedLate),
        Ageing = [.. Bands.Zip(statement.Ageing, (band, points) => new AgeingBand(band.FromDays, band.ToDays, points))],
        UnpaidDeductions = statement.UnpaidDeductions,
        Due = statement.Due,
        Expiring30Days = statement.ExpiringIn30Days,
        Expiring90Days = statement.ExpiringIn90Days,
    };

    /// <summary>The same data in the same order as columns: the name of each column and its field in CSV.</summary>
    public static IReadOnlyList<(string Name, string Field)> ToColumns(Statement statement) =>
    [
        ("payer", CsvField.Write(statement.Payer)),
        ("from", Text(statement.From)),
        ("to", Text(statement.To)),
        ("opening", Text(statement.Opening)),
        ("credited", Text(statement.Credited)),
        ("deducted", Text(statement.Deducted)),
        ("spent", Text(statement.Spent)),
        ("returned", Text(statement.Returned)),
        ("expired", Text(statement.Expired)),
        ("flushed", Text(statement.Flushed)),
        ("restored", Text(statement.Restored)),
        ("closing", Text(statement.Closing)),
        ("addsUp", statement.AddsUp ? "true" : "false"),
        ("lateCredited", Text(statement.Late.Credited)),
        ("lateDeducted", Text(statement.Late.Deducted)),
        .. statement.Ageing.Select(band => (NameOf(band), Text(band.Points))),
        ("unpaidDeductions", Text(statement.UnpaidDeductions)),
        ("due", Text(statement.Due)),
        ("expiring30Days", Text(statement.Expiring30Days)),
        ("expiring90Days", Text(statement.Expiring90Days)),
    ];

    private static string NameOf(AgeingBand band) =>
        band.ToDays is { } toDays ? $"ageing{band.FromDays}To{toDays}Days" : $"ageingFrom{band.FromDays}Days";

    private static string Text(Int128 points) => points.ToString(CultureInfo.InvariantCulture);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

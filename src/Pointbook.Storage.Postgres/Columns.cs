using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads text columns that may contain an invalid value.</summary>
internal static class Columns
{
    /// <exception cref="InvalidRowException">The value is not a valid payer name.</exception>
    public static PayerName PayerAt(NpgsqlDataReader row, int column) =>
        PayerName.TryFromTrusted(row.GetString(column)) ?? throw Invalid(row, column, "a text instead of a payer");

    /// <exception cref="InvalidRowException">The value is not a valid account key.</exception>
    public static AccountId AccountAt(NpgsqlDataReader row, int column) =>
        AccountId.TryFromStored(row.GetString(column)) ?? throw Invalid(row, column, "a text instead of an account");

    /// <exception cref="InvalidRowException">The value is not the name of a kind.</exception>
    public static EntryKind KindAt(NpgsqlDataReader row, int column) =>
        EntryKindNames.TryParse(row.GetString(column)) ?? throw Invalid(row, column, "a text instead of a kind of entry");

    /// <summary>The exception for a value that no version writes.</summary>
    public static InvalidRowException Invalid(NpgsqlDataReader row, int column, string what) => new($"column {row.GetName(column)} contains {what}");
}

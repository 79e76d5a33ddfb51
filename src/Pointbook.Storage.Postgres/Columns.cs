using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads columns whose text may be what nothing writes there.</summary>
internal static class Columns
{
    /// <exception cref="InvalidRowException">It is not the name of a payer.</exception>
    public static PayerName PayerAt(NpgsqlDataReader row, int column) =>
        PayerName.TryFromTrusted(row.GetString(column)) ?? throw Invalid(row, column, "a text instead of a payer");

    /// <exception cref="InvalidRowException">It is not an account key.</exception>
    public static AccountId AccountAt(NpgsqlDataReader row, int column) =>
        AccountId.TryCreate(row.GetString(column), out AccountId? account, out _) ? account : throw Invalid(row, column, "a text instead of an account");

    /// <exception cref="InvalidRowException">It is not the name of a kind.</exception>
    public static EntryKind KindAt(NpgsqlDataReader row, int column) =>
        EntryKindNames.TryParse(row.GetString(column)) ?? throw Invalid(row, column, "a text instead of a kind of entry");

    /// <summary>A value that nothing writes there.</summary>
    public static InvalidRowException Invalid(NpgsqlDataReader row, int column, string what) => new($"column {row.GetName(column)} holds {what}");
}

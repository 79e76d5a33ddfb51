using System.Globalization;
using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Sums over accounts, which may exceed 64 bits. They are numeric in the database and text in transit.</summary>
internal static class PostgresSum
{
    public static string From(Int128 sum) => sum.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a column that the query has converted to text.</summary>
    /// <exception cref="Engine.InvalidRowException">The value is not an integer, or exceeds 128 bits.</exception>
    public static Int128 Read(NpgsqlDataReader row, int column) =>
        Int128.TryParse(row.GetString(column), CultureInfo.InvariantCulture, out Int128 sum) ? sum : throw Columns.Invalid(row, column, "no whole number");
}

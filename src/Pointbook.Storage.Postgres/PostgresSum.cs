using System.Globalization;
using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Sums over accounts, which may leave 64 bits. They are numeric in the database and text on the way.</summary>
internal static class PostgresSum
{
    public static string From(Int128 sum) => sum.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a column that the query has turned into text.</summary>
    public static Int128 Read(NpgsqlDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);
}

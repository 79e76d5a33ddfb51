using System.Data.Common;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Reads rows of a database with plain SQL.</summary>
internal static class Rows
{
    /// <summary>The rows of a query, in order.</summary>
    public static List<T> Read<T>(this DbConnection connection, string sql, Func<DbDataReader, T> map)
    {
        using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DbDataReader reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public static byte[] Bytes(this DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static string? OptionalText(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? OptionalInt64(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}

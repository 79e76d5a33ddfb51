using Microsoft.Data.Sqlite;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Rows of a SQLite file, by plain SQL.</summary>
internal static class Rows
{
    /// <summary>Opens a file beside whoever uses it, to read only.</summary>
    public static SqliteConnection Open(string file)
    {
        SqliteConnection connection = new(
            new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA query_only = 1";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>The rows of a query, in order.</summary>
    public static List<T> Read<T>(this SqliteConnection connection, string sql, Func<SqliteDataReader, T> map)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public static byte[] Bytes(this SqliteDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static string? OptionalText(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? OptionalInt64(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}

using Microsoft.Data.Sqlite;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>A connection beside the store's own, as somebody with the sqlite3 program would have it.</summary>
internal sealed class Sql : IDisposable
{
    private readonly SqliteConnection _connection;

    public Sql(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        Run("PRAGMA busy_timeout = 2000");
    }

    /// <summary>Opens, runs and closes.</summary>
    public static void Run(string path, string sql)
    {
        using Sql connection = new(path);
        connection.Run(sql);
    }

    public void Run(string sql)
    {
        using SqliteCommand command = Command(sql);
        command.ExecuteNonQuery();
    }

    public T Scalar<T>(string sql)
    {
        using SqliteCommand command = Command(sql);
        return (T)command.ExecuteScalar()!;
    }

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using SqliteCommand command = Command(sql);
        using SqliteDataReader reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public void Dispose() => _connection.Dispose();

    private SqliteCommand Command(string sql)
    {
        SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the tests' own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}

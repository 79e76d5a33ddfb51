using Microsoft.Data.Sqlite;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>A separate connection to a file of the store, as a user of the sqlite3 program would open it.</summary>
internal sealed class Sql : IDisposable
{
    private readonly SqliteConnection _connection;

    public Sql(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        Run("PRAGMA busy_timeout = 2000");
    }

    /// <summary>Opens a connection, runs statements, and closes it.</summary>
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

    /// <summary>Changes all columns of one row.</summary>
    /// <returns>False if a constraint of the table forbids the change.</returns>
    public bool TryReplace(string table, List<string> columns, object[] row, object[] changed)
    {
        string set = string.Join(", ", columns.Select((column, index) => $"{column} = $new{index}"));
        string where = string.Join(" AND ", columns.Select((column, index) => $"{column} IS $old{index}"));
        using SqliteCommand command = Command($"UPDATE {table} SET {set} WHERE {where}");
        for (int index = 0; index < columns.Count; index++)
        {
            command.Parameters.AddWithValue($"$new{index}", changed[index]);
            command.Parameters.AddWithValue($"$old{index}", row[index]);
        }

        return TryRun(command);
    }

    /// <summary>Inserts a row.</summary>
    /// <returns>False if a constraint of the table refuses it.</returns>
    public bool TryInsert(string table, List<string> columns, object[] row)
    {
        string values = string.Join(", ", columns.Select((_, index) => $"$new{index}"));
        using SqliteCommand command = Command($"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({values})");
        for (int index = 0; index < columns.Count; index++)
        {
            command.Parameters.AddWithValue($"$new{index}", row[index]);
        }

        return TryRun(command);
    }

    /// <summary>Changes a column of the row of a commit.</summary>
    public void SetCommit(Sequence last, string column, object value)
    {
        using SqliteCommand command = Command($"UPDATE journal_commit SET {column} = $value WHERE last_sequence = $last");
        command.Parameters.AddWithValue("$value", value);
        command.Parameters.AddWithValue("$last", last.Value);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    /// <summary>The body and the texts of a commit, as they are stored.</summary>
    public CommitBytes ReadBytes(Sequence last) => Assert.Single(Query(
        $"SELECT body, texts FROM journal_commit WHERE last_sequence = {last}",
        row => new CommitBytes(row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1))));

    /// <summary>Changes the body and the texts of a commit.</summary>
    public void SetBytes(Sequence last, CommitBytes bytes)
    {
        SetCommit(last, "body", bytes.Body.ToArray());
        SetCommit(last, "texts", bytes.Texts.ToArray());
    }

    /// <summary>Changes one entry in the body and the texts of its commit, and nothing else of the row.</summary>
    public void ForgeEntry(Sequence entry, Func<Entry, Entry> change)
    {
        (Sequence first, Sequence last) = Assert.Single(Query(
            $"SELECT first_sequence, last_sequence FROM journal_commit WHERE {entry} BETWEEN first_sequence AND last_sequence",
            row => (new Sequence(row.GetInt64(0)), new Sequence(row.GetInt64(1)))));
        SetBytes(last, ForgedCommits.Bytes(ReadBytes(last), first, last, entry, change));
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

    private static bool TryRun(SqliteCommand command)
    {
        try
        {
            return command.ExecuteNonQuery() == 1;
        }
        catch (SqliteException refused) when (refused.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
        {
            return false;
        }
    }
}

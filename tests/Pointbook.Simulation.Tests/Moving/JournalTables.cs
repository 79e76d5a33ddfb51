using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.StorageContract.Support;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>The journal as a table. Tests compare it between stores, cut it off and alter it.</summary>
internal static class JournalTables
{
    /// <summary>Every column of every commit as text, in order.</summary>
    public static List<string> Read(RawDatabase database) => database.Read(
        $"""
        SELECT {database.Partition}, first_sequence, last_sequence, {database.Uuid("commit_id")}, format, {database.Microseconds("decided_at")},
            {database.Microseconds("recorded_at")}, previous_seal, seal, body, texts
        FROM journal_commit ORDER BY last_sequence
        """,
        row => string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => ToText(row.GetValue(column)))));

    /// <summary>Deletes the last commits from a file.</summary>
    /// <returns>The last remaining entry.</returns>
    public static long RemoveCommitsAfter(string file, int commits)
    {
        Execute(
            file,
            $"DELETE FROM journal_commit WHERE last_sequence IN (SELECT last_sequence FROM journal_commit ORDER BY last_sequence DESC LIMIT {commits})");
        return new SqliteFile(file).Read("SELECT max(last_sequence) FROM journal_commit", row => row.GetInt64(0)).Single();
    }

    /// <summary>Changes a file that no server uses.</summary>
    public static void Execute(string file, string sql)
    {
        using SqliteConnection connection = new($"Data Source={file};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Gives the payer of an entry one point more. Like a forger who only knows the format of a body, it does not compute the seals again.</summary>
    public static void AddOnePoint(string file, long entry)
    {
        using SqliteConnection connection = new($"Data Source={file};Pooling=false");
        Change(connection, new SqliteFile(file), partition: 0, entry, ForgedCommits.WithOnePointMore, keepsIndex: false);
    }

    /// <summary>Changes the points of a credit. The digest of its block stays, and so does everything that the seal covers.</summary>
    public static void ChangeBlock(string file, long entry)
    {
        using SqliteConnection connection = new($"Data Source={file};Pooling=false");
        Change(connection, new SqliteFile(file), partition: 0, entry, WithOtherLastBit, keepsIndex: true);
    }

    /// <summary>Gives the payer of an entry one point more, in a database.</summary>
    public static void AddOnePoint(PostgresDatabase database, int partition, long entry)
    {
        using NpgsqlConnection connection = new($"{database.ConnectionString};Pooling=false");
        Change(connection, database, partition, entry, ForgedCommits.WithOnePointMore, keepsIndex: false);
    }

    // The length of the points stays the same.
    private static Entry WithOtherLastBit(Entry entry) =>
        entry with { Points = new Points(entry.Points.Value ^ 1), LotPoints = new Points(entry.LotPoints.Value ^ 1) };

    private static void Change(DbConnection connection, RawDatabase database, int partition, long entry, Func<Entry, Entry> change, bool keepsIndex)
    {
        CommitRow commit = CommitRow.ReadAfter(database, partition, entry - 1)[0];
        CommitBytes forged = ForgedCommits.Bytes(
            new CommitBytes(commit.Body, commit.Texts), new Sequence(commit.First), new Sequence(commit.Last), new Sequence(entry), change);
        if (keepsIndex)
        {
            byte[] index = BodyIndex.Read(commit).Bytes;
            forged = forged with { Body = (byte[])[.. index, .. forged.Body.Span[index.Length..]] };
            Assert.Equal(commit.Body.Length, forged.Body.Length);
        }

        connection.Open();
        using DbCommand command = connection.CreateCommand();
        command.CommandText =
            $"UPDATE journal_commit SET body = @body, texts = @texts WHERE {database.Partition} = {partition} AND last_sequence = {commit.Last}";
        Add(command, "body", forged.Body);
        Add(command, "texts", forged.Texts);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static void Add(DbCommand command, string name, ReadOnlyMemory<byte> value)
    {
        DbParameter parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value.ToArray());
        command.Parameters.Add(parameter);
    }

    private static string ToText(object value) => value is byte[] bytes ? Convert.ToHexString(bytes) : FormattableString.Invariant($"{value}");
}

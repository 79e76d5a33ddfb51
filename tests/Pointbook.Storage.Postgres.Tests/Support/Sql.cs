using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>A separate connection to the store's database, as a user of psql would open it.</summary>
internal sealed class Sql : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private Sql(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Connects. Writes over this connection need not survive a crash.</summary>
    public static async Task<Sql> OpenAsync(string connectionString)
    {
        NpgsqlConnection connection = new(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Options = "-c synchronous_commit=off" }.ToString());
        await connection.OpenAsync();
        return new Sql(connection);
    }

    public void Run(string sql, params object[] parameters)
    {
        using NpgsqlCommand command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    public async Task RunAsync(string sql, params object[] parameters)
    {
        await using NpgsqlCommand command = Command(sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using NpgsqlCommand command = Command(sql, parameters);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using NpgsqlCommand command = Command(sql, parameters);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<T> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Changes one entry of partition 0 within the body of its commit.</summary>
    public async Task ForgeEntryAsync(Sequence entry, Func<Entry, Entry> change)
    {
        (Sequence first, Sequence last, CommitBytes bytes) = Assert.Single(await QueryAsync(
            "SELECT first_sequence, last_sequence, body, texts FROM journal_commit WHERE partition = 0 AND $1 BETWEEN first_sequence AND last_sequence",
            static row => (new Sequence(row.GetInt64(0)), new Sequence(row.GetInt64(1)), new CommitBytes(row.GetFieldValue<byte[]>(2), row.GetFieldValue<byte[]>(3))),
            entry.Value));
        CommitBytes forged = ForgedCommits.Bytes(bytes, first, last, entry, change);
        Assert.False(bytes.Body.Span.SequenceEqual(forged.Body.Span));
        await RunAsync(
            "UPDATE journal_commit SET body = $1, texts = $2 WHERE partition = 0 AND first_sequence = $3", forged.Body.ToArray(), forged.Texts.ToArray(), first.Value);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private NpgsqlCommand Command(string sql, object[] parameters)
    {
        NpgsqlCommand command = new(sql, _connection);
        foreach (object parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return command;
    }
}

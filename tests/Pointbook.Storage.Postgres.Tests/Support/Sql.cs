using Npgsql;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>A connection beside the store's own, as somebody with psql would have it.</summary>
internal sealed class Sql : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private Sql(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Connects. What is written over this connection need not outlive a crash.</summary>
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

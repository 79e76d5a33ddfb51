using Npgsql;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>The mark in a store's database number 0 that the server has required callers to authenticate. It is never removed.</summary>
internal static class SecuredMark
{
    /// <summary>Whether the mark is set.</summary>
    /// <exception cref="StoreException">The server could not read the database.</exception>
    public static Task<bool> ReadAsync(Database home, CancellationToken cancellationToken) =>
        RunAsync(home, "SELECT EXISTS (SELECT 1 FROM secured)", cancellationToken);

    /// <summary>Sets the mark. It is durable before this returns.</summary>
    /// <exception cref="StoreException">The server could not write to the database.</exception>
    public static Task WriteAsync(Database home, CancellationToken cancellationToken) =>
        RunAsync(home, "INSERT INTO secured (id) VALUES (1) ON CONFLICT DO NOTHING RETURNING true", cancellationToken);

    private static async Task<bool> RunAsync(Database home, string sql, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlConnection connection = await home.Keys.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                NpgsqlBatch batch = new(connection);
                await using (batch.ConfigureAwait(false))
                {
                    batch.Add(sql);
                    return await DurableStatement.RunAsync(batch, row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw Failure.OfOpening(home.Name, failure);
        }
    }
}

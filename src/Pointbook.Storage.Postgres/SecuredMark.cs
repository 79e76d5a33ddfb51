using Npgsql;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>The mark in a store's database number 0 that callers ever had to say who they are. It is never taken away.</summary>
internal static class SecuredMark
{
    /// <summary>Whether it is there.</summary>
    /// <exception cref="StoreException">The database could not be read.</exception>
    public static Task<bool> ReadAsync(Database home, CancellationToken cancellationToken) =>
        RunAsync(home, "SELECT EXISTS (SELECT 1 FROM secured)", cancellationToken);

    /// <summary>Puts it there. It is durable before this returns.</summary>
    /// <exception cref="StoreException">The database could not be written to.</exception>
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

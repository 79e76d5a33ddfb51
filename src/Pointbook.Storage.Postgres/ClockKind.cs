using Npgsql;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>The record in a store's database number 0 of whether the store uses a test clock. It is written once and never changed.</summary>
internal static class ClockKind
{
    private const string ReadSql = "SELECT (SELECT is_test FROM clock_kind)";

    // Another server may write the record at the same time. Its value is then returned.
    private const string ClaimTestSql = "INSERT INTO clock_kind (id, is_test) VALUES (1, true)" + OrReturn;
    private const string ClaimRealSql = "INSERT INTO clock_kind (id, is_test) VALUES (1, false)" + OrReturn;
    private const string OrReturn = " ON CONFLICT (id) DO UPDATE SET is_test = clock_kind.is_test RETURNING is_test";

    /// <summary>Writes the record unless there is one. It is durable before this returns.</summary>
    /// <returns>The recorded value.</returns>
    /// <exception cref="StoreException">The server could not read or write the database.</exception>
    public static async Task<bool> ClaimAsync(Database home, bool isTest, CancellationToken cancellationToken) =>
        await RunAsync(home, ReadSql, cancellationToken).ConfigureAwait(false)
        ?? await RunAsync(home, isTest ? ClaimTestSql : ClaimRealSql, cancellationToken).ConfigureAwait(false)
        ?? isTest;

    private static async Task<bool?> RunAsync(Database home, string sql, CancellationToken cancellationToken)
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
                    return await DurableStatement.RunAsync(batch, static row => row.IsDBNull(0) ? (bool?)null : row.GetBoolean(0), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw Failure.OfOpening(home.Name, failure);
        }
    }
}

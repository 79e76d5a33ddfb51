using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Runs statements that list rows in the order of an index, and stop as soon as they have enough rows.</summary>
internal static class ListReader
{
    /// <summary>Keeps the planner, until the end of the transaction, from collecting all rows to sort them.</summary>
    /// <remarks>The planner estimates accounts as small. For each page it would read an account of a million operations to its end.</remarks>
    public const string SettingsSql = "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)";

    /// <summary>Runs a statement and converts each row to an item.</summary>
    /// <param name="source">The data source to run it on.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="addParameters">Adds its parameters.</param>
    /// <param name="toItem">Reads a row.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async ValueTask<IReadOnlyList<T>> ReadAsync<T>(
        NpgsqlDataSource source,
        string sql,
        Action<NpgsqlParameterCollection> addParameters,
        Func<NpgsqlDataReader, T> toItem,
        CancellationToken cancellationToken)
    {
        // A batch is one round trip and one transaction.
        NpgsqlBatch batch = source.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(SettingsSql);
            addParameters(batch.Add(sql));
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                List<T> items = [];
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    items.Add(toItem(row));
                }

                return items;
            }
        }
    }
}

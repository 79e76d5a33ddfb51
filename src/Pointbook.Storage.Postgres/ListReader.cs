using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Runs statements that list rows in the order of an index, and end as soon as they have enough of them.</summary>
internal static class ListReader
{
    /// <summary>Keeps the planner, until the end of the transaction, from collecting all rows there are to sort them.</summary>
    /// <remarks>It takes accounts for small, and one of a million operations would be read to its end for each page.</remarks>
    public const string SettingsSql = "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)";

    /// <summary>Runs a statement and turns each row into an item.</summary>
    /// <param name="source">Where to run it.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="addParameters">Adds its parameters.</param>
    /// <param name="toItem">Reads a row.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
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

using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads all rows of one command.</summary>
internal static class ListReader
{
    /// <summary>Runs the command and turns each row into an item.</summary>
    public static async ValueTask<IReadOnlyList<T>> ReadAsync<T>(
        NpgsqlCommand command, Func<NpgsqlDataReader, T> toItem, CancellationToken cancellationToken)
    {
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            List<T> items = [];
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                items.Add(toItem(row));
            }

            return items;
        }
    }
}

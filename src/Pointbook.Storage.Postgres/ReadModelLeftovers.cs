using System.Globalization;
using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Deletes rows of generations of the read model of one partition that no longer exist, over one connection.</summary>
/// <remarks>
/// The tables hold rows of all partitions and of both generations, so they are never dropped or truncated. Each piece is a separate transaction with a bounded
/// number of rows, and no statement of a server needs these rows. So a deletion holds up nothing, however many rows there are.
/// </remarks>
internal sealed class ReadModelLeftovers(NpgsqlConnection connection, int partition)
{
    /// <summary>The maximum number of rows that one statement deletes.</summary>
    internal const int PieceRows = 10_000;

    // A piece is bounded, but a busy disk may be slow.
    private const int TimeoutSeconds = 60;

    // VACUUM reads all pages that changed since the last one. If another VACUUM is in progress, it frees the space.
    private const string VacuumSql = "VACUUM (SKIP_LOCKED, INDEX_CLEANUP ON) payer_total, payer_flow, payer_stock";
    private const int VacuumTimeoutSeconds = 3600;

    /// <summary>The tables, each with the columns that follow the partition in its primary key.</summary>
    internal static readonly ResetTable[] Tables =
    [
        new("payer_total", KeyColumn.Number("generation"), KeyColumn.Text("payer")),
        new("payer_flow", KeyColumn.Number("generation"), KeyColumn.Text("payer"), KeyColumn.Day("recorded_day"), KeyColumn.Text("kind"), KeyColumn.Day("occurred_day")),
        new("payer_stock", KeyColumn.Number("generation"), KeyColumn.Text("payer"), KeyColumn.Day("recorded_day"), KeyColumn.Day("occurred_day"), KeyColumn.Day("expires_day")),
    ];

    /// <summary>Deletes one piece.</summary>
    /// <param name="from">Where the next piece begins; null to search.</param>
    /// <param name="cancellationToken">Cancels the deletion.</param>
    /// <returns>Where to continue; null if no row is left.</returns>
    public async ValueTask<LeftoverPlace?> DeletePieceAsync(LeftoverPlace? from, CancellationToken cancellationToken)
    {
        if ((from ?? await FindAsync(0, cancellationToken).ConfigureAwait(false)) is not { } place)
        {
            return null;
        }

        ResetTable table = Tables[place.Table];
        string[] end = StartOf(table, place.Generation + 1);
        string[] next = await FindNextAsync(table, place.From, cancellationToken).ConfigureAwait(false) is { } found && found[0] == place.From[0] ? found : end;
        await DeleteAsync(table, place.From, next, cancellationToken).ConfigureAwait(false);
        return next == end ? await FindAsync(place.Table, cancellationToken).ConfigureAwait(false) : place with { From = next };
    }

    private static string[] StartOf(ResetTable table, long generation) => [generation.ToString(CultureInfo.InvariantCulture), .. table.FirstKey[1..]];

    /// <summary>Returns the space of deleted rows to the tables, and at the end of a table to the disk.</summary>
    public async ValueTask ReclaimAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(VacuumSql, connection) { CommandTimeout = VacuumTimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds the first rows of a generation that does not exist. Numbers are never reused, so no existing one ever gets these rows.</summary>
    private async ValueTask<LeftoverPlace?> FindAsync(int fromTable, CancellationToken cancellationToken)
    {
        for (int index = fromTable; index < Tables.Length; index++)
        {
            long last = long.MinValue;
            while (await FindGenerationAsync(Tables[index].Name, last, cancellationToken).ConfigureAwait(false) is var (generation, exists))
            {
                if (!exists)
                {
                    return new LeftoverPlace(index, generation, StartOf(Tables[index], generation));
                }

                last = generation;
            }
        }

        return null;
    }

    /// <summary>Finds the next generation with rows in a table, and whether that generation still exists.</summary>
    private async ValueTask<(long Number, bool Exists)?> FindGenerationAsync(string table, long after, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            $"""
            SELECT found.generation, EXISTS (SELECT FROM read_model WHERE partition = $1 AND read_model.generation = found.generation)
            FROM (SELECT generation FROM {table} WHERE partition = $1 AND generation > $2 ORDER BY partition, generation LIMIT 1) AS found
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddBigint(after);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                return await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? (row.GetInt64(0), row.GetBoolean(1)) : null;
            }
        }
    }

    /// <summary>Finds the key at which the piece after the next one begins. A search by key never reads again what earlier pieces have deleted.</summary>
    private async ValueTask<string[]?> FindNextAsync(ResetTable table, string[] from, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(table.NextSql, connection) { CommandTimeout = TimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddTexts(from).AddInt(PieceRows);
            return (string[]?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask DeleteAsync(ResetTable table, string[] from, string[] next, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(table.PieceSql, connection) { CommandTimeout = TimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddTexts(from).AddTexts(next);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>Where a deletion continues. Immutable.</summary>
/// <param name="Table">The index of the table.</param>
/// <param name="Generation">The generation, which does not exist.</param>
/// <param name="From">The key at which the next piece begins.</param>
internal sealed record LeftoverPlace(int Table, long Generation, string[] From);

using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Runs a statement as a complete transaction, and accepts its commit only if the database server gives no warning.</summary>
internal static class DurableStatement
{
    // A commit of very many entries may take longer than other statements.
    private const int EntriesPerSecondMin = 10_000;

    /// <summary>Runs one statement.</summary>
    /// <param name="command">The statement, which returns at most one row.</param>
    /// <param name="entries">The number of entries that it writes.</param>
    /// <param name="toValue">Reads the row.</param>
    /// <param name="cancellationToken">Cancels it. The outcome is then unknown.</param>
    /// <returns>The row, or the default if there was none.</returns>
    /// <exception cref="NpgsqlException">The statement failed, or the database server warned that the commit may be missing on a required standby.</exception>
    public static ValueTask<T?> RunAsync<T>(
        NpgsqlCommand command, int entries, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
    {
        command.CommandTimeout += command.CommandTimeout == 0 ? 0 : entries / EntriesPerSecondMin;
        return ListenAsync(
            command.Connection!,
            async () => await ReadAsync(await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false), 0, toValue, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Runs statements that form one transaction.</summary>
    /// <param name="batch">The statements, each of which returns or may return rows.</param>
    /// <param name="toValue">Reads the row of the last statement.</param>
    /// <param name="cancellationToken">Cancels it. The outcome is then unknown.</param>
    /// <returns>The row of the last statement, or the default if there was none.</returns>
    /// <exception cref="NpgsqlException">As for one statement.</exception>
    public static ValueTask<T?> RunAsync<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken) => ListenAsync(
        batch.Connection!,
        async () => await ReadAsync(
            await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false), batch.BatchCommands.Count - 1, toValue, cancellationToken).ConfigureAwait(false));

    /// <summary>Treats a warning of the database server as a failure.</summary>
    private static async ValueTask<T?> ListenAsync<T>(NpgsqlConnection connection, Func<ValueTask<T?>> run)
    {
        string? warning = null;
        void Note(object sender, NpgsqlNoticeEventArgs arguments) =>
            warning ??= arguments.Notice.InvariantSeverity == "WARNING" ? arguments.Notice.MessageText : null;

        connection.Notice += Note;
        try
        {
            T? value = await run().ConfigureAwait(false);
            // With synchronous replication, cancelling a statement that waits for the standby leaves it committed here, with a warning.
            return warning is null ? value : throw new NpgsqlException(warning);
        }
        catch (InvalidOperationException failure) when (Failure.IsOfConnection(failure, connection))
        {
            throw Failure.OfConnection(failure);
        }
        finally
        {
            connection.Notice -= Note;
        }
    }

    private static async ValueTask<T?> ReadAsync<T>(
        NpgsqlDataReader row, int resultsBefore, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
    {
        await using (row.ConfigureAwait(false))
        {
            for (int result = 0; result < resultsBefore; result++)
            {
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
            }

            T? value = await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? toValue(row) : default;
            // The server commits after it sends the row, so the commit is durable only once the client has read the whole reply.
            while (await row.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
            }

            return value;
        }
    }
}

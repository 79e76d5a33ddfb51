using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Runs a statement that is a transaction of its own, and believes in its commit only if the server has no doubt about it.</summary>
internal static class DurableStatement
{
    // A commit may take longer than other statements if it has very many entries.
    private const int EntriesPerSecondMin = 10_000;

    /// <summary>Runs it.</summary>
    /// <param name="command">The statement, which gives at most one row.</param>
    /// <param name="entries">How many entries it writes.</param>
    /// <param name="toValue">Reads the row.</param>
    /// <param name="cancellationToken">Leaves the outcome unknown.</param>
    /// <returns>The row, or the default if there was none.</returns>
    /// <exception cref="NpgsqlException">The statement failed, or the server has warned that its commit may not be on a standby that it should be on.</exception>
    public static ValueTask<T?> RunAsync<T>(
        NpgsqlCommand command, int entries, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
    {
        command.CommandTimeout += command.CommandTimeout == 0 ? 0 : entries / EntriesPerSecondMin;
        return ListenAsync(
            command.Connection!,
            async () => await ReadAsync(await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false), 0, toValue, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Runs statements that are a transaction together.</summary>
    /// <param name="batch">The statements, each of which gives rows or could.</param>
    /// <param name="toValue">Reads the row of the last one.</param>
    /// <param name="cancellationToken">Leaves the outcome unknown.</param>
    /// <returns>The row of the last statement, or the default if there was none.</returns>
    /// <exception cref="NpgsqlException">As for one statement.</exception>
    public static ValueTask<T?> RunAsync<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken) => ListenAsync(
        batch.Connection!,
        async () => await ReadAsync(
            await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false), batch.BatchCommands.Count - 1, toValue, cancellationToken).ConfigureAwait(false));

    /// <summary>Takes a warning of the server for a failure.</summary>
    private static async ValueTask<T?> ListenAsync<T>(NpgsqlConnection connection, Func<ValueTask<T?>> run)
    {
        string? warning = null;
        void Note(object sender, NpgsqlNoticeEventArgs arguments) =>
            warning ??= arguments.Notice.InvariantSeverity == "WARNING" ? arguments.Notice.MessageText : null;

        connection.Notice += Note;
        try
        {
            T? value = await run().ConfigureAwait(false);
            // With synchronous replication a statement that is cancelled while it waits for the standby is committed here and says so.
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
            // The server commits after it has sent the row, so the commit is durable only once everything it says was read.
            while (await row.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
            }

            return value;
        }
    }
}

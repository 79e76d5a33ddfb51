using Npgsql;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Postgres;

/// <summary>Imports commits of another journal, many in one transaction and two round trips.</summary>
internal static class CommitImport
{
    // Many commits at once. A busy database server may take a while.
    private const int TimeoutSeconds = 300;

    /// <summary>Appends commits that another journal already contains, whatever their age, all or none. The caller must check their seals first.</summary>
    /// <returns>Whether they were appended. They are not if the first one does not follow the last commit in the journal.</returns>
    /// <exception cref="JournalException">The database failed.</exception>
    public static async Task<bool> RunAsync(
        NpgsqlDataSource source, string appendSql, IReadOnlyList<Commit> commits, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    return await TryImportAsync(connection, appendSql, commits, cancellationToken).ConfigureAwait(false);
                }
                catch (InvalidOperationException failure) when (Failure.IsOfConnection(failure, connection))
                {
                    throw Failure.OfConnection(failure);
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw Failure.OfAppending(commits[0].Partition, commits[0].First, commits[^1].Last, isOutcomeUnknown: true, failure);
        }
    }

    private static async Task<bool> TryImportAsync(
        NpgsqlConnection connection, string appendSql, IReadOnlyList<Commit> commits, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (!await TryAppendAsync(connection, appendSql, commits, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private static async Task<bool> TryAppendAsync(
        NpgsqlConnection connection, string appendSql, IReadOnlyList<Commit> commits, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection) { Timeout = TimeoutSeconds };
        await using (batch.ConfigureAwait(false))
        {
            foreach (Commit commit in commits)
            {
                CommitStatement.AddParameters(batch.Add(appendSql), commit, skewMax: null);
            }

            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                do
                {
                    await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                    if (!row.GetBoolean(0))
                    {
                        return false;
                    }
                }
                while (await row.NextResultAsync(cancellationToken).ConfigureAwait(false));
                return true;
            }
        }
    }
}

using System.Runtime.CompilerServices;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The journal of one partition in a PostgreSQL database. Other processes may append to it as well.</summary>
public sealed class PostgresJournal : IJournal
{
    private const int CommitsPerRead = 64;
    private const int EntriesPerReadMax = 50_000;

    // Whoever reads may want a few entries only, and whoever wants many soon gets larger pages.
    private const int EntriesPerFirstRead = 2_000;

    private const string ReadHeadSql =
        $"""
        SELECT {JournalRows.HeadColumns} FROM journal_commit WHERE partition = $1 ORDER BY first_sequence DESC LIMIT 1
        """;

    // The commit that contains the entry $2 may go on behind it. It is looked for by the key alone.
    private const string ReadCommitsSql =
        $"""
        SELECT {JournalRows.CommitColumns}
        FROM journal_commit
        WHERE partition = $1 AND last_sequence > $2 AND first_sequence >= coalesce(
            (SELECT max(first_sequence) FROM journal_commit WHERE partition = $1 AND first_sequence <= $2),
            0)
        ORDER BY first_sequence
        LIMIT $3
        """;

    private const string ReadEntriesSql =
        $"""
        SELECT {JournalRows.EntryColumns} FROM journal_entry WHERE partition = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence
        """;

    // Each range by itself, by the key. Otherwise the planner may go through the whole journal once, in the order that is asked for.
    internal const string ReadRangesSql =
        $"""
        SELECT entry.*
        FROM unnest($2::bigint[], $3::bigint[]) AS range (first, last)
        CROSS JOIN LATERAL (
            SELECT {JournalRows.EntryColumns} FROM journal_entry WHERE partition = $1 AND sequence BETWEEN range.first AND range.last OFFSET 0
        ) AS entry
        ORDER BY sequence
        """;

    private const string ReadSealSql =
        $"""
        SELECT {JournalRows.HeadColumns}
        FROM journal_commit
        WHERE partition = $1 AND first_sequence <= $2
        ORDER BY first_sequence DESC
        LIMIT 1
        """;

    private const string ConfirmSql =
        """
        SELECT commit_id, pg_logical_emit_message(true, 'pointbook', 'confirmed')
        FROM (
            SELECT commit_id, last_sequence
            FROM journal_commit
            WHERE partition = $1 AND first_sequence <= $2
            ORDER BY first_sequence DESC
            LIMIT 1
        ) AS found
        WHERE last_sequence >= $2
        """;

    private readonly NpgsqlDataSource _source;
    private readonly TimeSpan? _skewMax;
    private readonly string _appendSql;

    internal PostgresJournal(NpgsqlDataSource source, int partition, PostgresStoreOptions options)
    {
        _source = source;
        Partition = partition;
        _skewMax = options.ComparesClocks ? options.SkewMax : null;
        _appendSql = CommitStatement.ForClock(options.ClockSql);
    }

    /// <inheritdoc/>
    public int Partition { get; }

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public async ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken) =>
        await ReadOneAsync(
            ReadHeadSql,
            static _ => { },
            row => JournalRows.ToHead(row, Partition),
            cancellationToken).ConfigureAwait(false)
        ?? JournalHead.Empty;

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        bool isSent = false;
        try
        {
            NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                NpgsqlCommand command = new(_appendSql, connection);
                await using (command.ConfigureAwait(false))
                {
                    CommitStatement.AddParameters(command.Parameters, commit, _skewMax);
                    isSent = true;
                    return await DurableStatement.RunAsync(command, commit.Entries.Count, ToResult, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure) || failure is OperationCanceledException)
        {
            // Once something was sent, only the server knows what became of it.
            throw Failure.OfAppending(Partition, commit.First, commit.Last, isSent && Failure.IsOutcomeUnknown(failure), failure);
        }
    }

    /// <inheritdoc cref="CommitImport.RunAsync"/>
    internal Task<bool> ImportAsync(IReadOnlyList<Commit> commits, CancellationToken cancellationToken) =>
        CommitImport.RunAsync(_source, _appendSql, commits, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int entriesMax = EntriesPerFirstRead; ; entriesMax = Math.Min(entriesMax * 2, EntriesPerReadMax))
        {
            (List<Commit> commits, bool isLast) = await ReadPageAsync(after, entriesMax, cancellationToken).ConfigureAwait(false);
            foreach (Commit commit in commits)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return commit;
                after = commit.Last;
            }

            if (isLast)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        ranges.Count == 0 ? [] : await ReadAsync(
            ReadRangesSql,
            parameters => parameters
                .AddBigints([.. ranges.Select(range => range.First.Value)])
                .AddBigints([.. ranges.Select(range => range.Last.Value)]),
            row => JournalRows.ToEntry(row, Partition),
            cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>
    /// A commit can be read while the standby it has to be on does not have it yet. So a message that nobody reads is written to the
    /// write-ahead log behind it, in a transaction that waits for the standby as every commit does.
    /// </remarks>
    public async ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                NpgsqlCommand command = new(ConfirmSql, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.AddInt(Partition).AddSequence(entry);
                    return await DurableStatement.RunAsync(command, 0, static row => (Guid?)row.GetGuid(0), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw Failure.OfReading(Partition, failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken)
    {
        if (last == Sequence.Zero)
        {
            return default(Digest);
        }

        JournalHead? found = await ReadOneAsync(
            ReadSealSql,
            parameters => parameters.AddSequence(last),
            row => JournalRows.ToHead(row, Partition),
            cancellationToken).ConfigureAwait(false);
        return found?.Last == last ? found.Seal : null;
    }

    /// <summary>Does nothing: the connections belong to the store.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static AppendResult ToResult(NpgsqlDataReader row) =>
        row.GetBoolean(0) ? AppendResult.Appended
        : row.GetBoolean(1) ? AppendResult.Late
        : row.GetBoolean(2) ? AppendResult.Early
        : AppendResult.Fenced;

    /// <summary>Reads a few commits with their entries: at least one, and others only while they are not too many entries together.</summary>
    private async ValueTask<(List<Commit> Commits, bool IsLast)> ReadPageAsync(Sequence after, int entriesMax, CancellationToken cancellationToken)
    {
        List<(Commit Commit, Sequence First, Sequence Last)> found = await ReadAsync(
            ReadCommitsSql, parameters => parameters.AddSequence(after).AddInt(CommitsPerRead), JournalRows.ToCommit, cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
        {
            return ([], true);
        }

        Sequence first = found[0].First;
        int large = found.FindIndex(1, row => row.Last.Value - first.Value >= entriesMax);
        List<(Commit Commit, Sequence First, Sequence Last)> page = large < 0 ? found : found.GetRange(0, large);
        return (Assemble(page, await ReadEntriesOfAsync(page, cancellationToken).ConfigureAwait(false)), large < 0 && found.Count < CommitsPerRead);
    }

    /// <summary>Reads the entries from the first one of some commits to their last one. One that is damaged is damage to its commit.</summary>
    private async ValueTask<List<Entry>> ReadEntriesOfAsync(List<(Commit Commit, Sequence First, Sequence Last)> page, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(
                ReadEntriesSql,
                parameters => parameters.AddSequence(page[0].First).AddSequence(page[^1].Last),
                row => JournalRows.ToEntry(row, Partition),
                cancellationToken).ConfigureAwait(false);
        }
        catch (JournalDamagedException damage) when (damage.InnerException is InvalidRowException)
        {
            (Commit? commit, Sequence first, Sequence last) = page.Find(row => row.First <= damage.First && damage.First <= row.Last);
            throw commit is null ? damage : Failure.OfContent(Partition, (InvalidRowException)damage.InnerException, first, last, commit.Id);
        }
    }

    /// <summary>Gives each commit the entries whose places it claims.</summary>
    private List<Commit> Assemble(List<(Commit Commit, Sequence First, Sequence Last)> rows, List<Entry> entries)
    {
        List<Commit> commits = new(rows.Count);
        int next = 0;
        foreach ((Commit commit, Sequence first, Sequence last) in rows)
        {
            int start = next;
            while (next < entries.Count && entries[next].Sequence <= last)
            {
                next++;
            }

            // Both ends, because nothing else holds the places in the commit's row against its entries.
            if (next == start || entries[start].Sequence != first || entries[next - 1].Sequence != last)
            {
                throw Failure.OfContent(Partition, new InvalidRowException("the commit does not have these entries"), first, last, commit.Id);
            }

            commits.Add(commit with { Entries = entries.GetRange(start, next - start) });
        }

        return commits;
    }

    private async ValueTask<T?> ReadOneAsync<T>(
        string sql, Action<NpgsqlParameterCollection> addParameters, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
        where T : class =>
        (await ReadAsync(sql, addParameters, toValue, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    private async ValueTask<List<T>> ReadAsync<T>(
        string sql, Action<NpgsqlParameterCollection> addParameters, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlCommand command = _source.CreateCommand(sql);
            await using (command.ConfigureAwait(false))
            {
                addParameters(command.Parameters.AddInt(Partition));
                NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    List<T> values = [];
                    while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        values.Add(toValue(row));
                    }

                    return values;
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw Failure.OfReading(Partition, failure);
        }
    }
}

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
    private const int BytesPerReadMax = 4 * 1024 * 1024;

    // A caller may need only a few entries. A caller that needs many soon gets larger pages.
    private const int BytesPerFirstRead = 64 * 1024;

    private const string ReadHeadSql =
        $"""
        SELECT {JournalRows.HeadColumns} FROM journal_commit WHERE partition = $1 ORDER BY first_sequence DESC LIMIT 1
        """;

    // The commit that contains entry $2 may extend past it. The statement finds it by the key alone. It returns at least one commit, and more only while
    // the previous ones have less than $4 bytes.
    internal const string ReadCommitsSql =
        $"""
        SELECT {JournalRows.CommitColumns}, found
        FROM (
            SELECT {JournalRows.CommitColumns}, count(*) OVER () AS found,
                sum(octet_length(body)::bigint + octet_length(texts)) OVER (ORDER BY first_sequence) - octet_length(body) - octet_length(texts) AS bytes_before
            FROM (
                SELECT {JournalRows.CommitColumns}
                FROM journal_commit
                WHERE partition = $1 AND last_sequence > $2 AND first_sequence >= coalesce(
                    (SELECT max(first_sequence) FROM journal_commit WHERE partition = $1 AND first_sequence <= $2),
                    -9223372036854775808)
                ORDER BY first_sequence
                LIMIT $3
            ) AS next
        ) AS page
        WHERE bytes_before < $4
        ORDER BY first_sequence
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
    private readonly JournalNames _names;
    private readonly EntryReading _entries;

    private readonly PostgresJournal? _background;
    private volatile bool _isImporting;

    /// <param name="source">The connections for appends and short reads.</param>
    /// <param name="partition">The number of the partition.</param>
    /// <param name="options">The location and the settings of the store.</param>
    /// <param name="background">The connections for <see cref="Background"/>; null if there are no others.</param>
    /// <param name="isImporting">Whether another journal is being copied into it. Until <see cref="EndImport"/>, it accepts only commits of that journal.</param>
    internal PostgresJournal(
        NpgsqlDataSource source, int partition, PostgresStoreOptions options, NpgsqlDataSource? background = null, bool isImporting = false)
        : this(source, partition, options, new JournalNames())
    {
        _background = background is null ? null : new PostgresJournal(background, partition, options, _names);
        _isImporting = isImporting;
    }

    private PostgresJournal(NpgsqlDataSource source, int partition, PostgresStoreOptions options, JournalNames names)
    {
        _source = source;
        Partition = partition;
        _skewMax = options.ComparesClocks ? options.SkewMax : null;
        _appendSql = CommitStatement.ForClock(options.ClockSql);
        _names = names;
        _entries = new EntryReading(this, _names);
    }

    /// <inheritdoc/>
    public int Partition { get; }

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    /// <remarks>It has the connections of the read models, and shares the known names.</remarks>
    public IJournal Background => _background ?? this;

    /// <inheritdoc/>
    public async ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken)
    {
        Sequence known = _names.Last;
        JournalHead head = await ReadOneAsync(
            ReadHeadSql,
            static _ => { },
            row => JournalRows.ToHead(row, Partition),
            cancellationToken).ConfigureAwait(false)
            ?? JournalHead.Empty;
        _names.EndAt(head.Last, known);
        return head;
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        if (_isImporting)
        {
            throw new InvalidOperationException("The journal is a copy that is not complete. Only the commits of its source may be added to it.");
        }

        bool isSent = false;
        Sequence known = _names.Last;
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
                    AppendResult result = await DurableStatement.RunAsync(command, commit.Entries.Count, ToResult, cancellationToken).ConfigureAwait(false);
                    if (result == AppendResult.Appended)
                    {
                        // A standby without previously read commits may have taken over.
                        _names.EndAt(new Sequence(commit.First.Value - 1), known);
                        _names.KeepOwn(commit);
                    }

                    return result;
                }
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure) || failure is OperationCanceledException)
        {
            // Once the client has sent anything, only the database server knows the outcome.
            throw Failure.OfAppending(Partition, commit.First, commit.Last, isSent && Failure.IsOutcomeUnknown(failure), failure);
        }
    }

    /// <inheritdoc cref="CommitImport.RunAsync"/>
    internal Task<bool> ImportAsync(IReadOnlyList<Commit> commits, CancellationToken cancellationToken) =>
        CommitImport.RunAsync(_source, _appendSql, commits, cancellationToken);

    /// <summary>Accepts all commits from now on.</summary>
    internal void EndImport() => _isImporting = false;

    /// <inheritdoc/>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int bytesMax = BytesPerFirstRead; ; bytesMax = Math.Min(bytesMax * 2, BytesPerReadMax))
        {
            // A row with a sequence below 1 is damage, and a reader of the whole journal must find it.
            Sequence next = after == Sequence.Zero ? new Sequence(long.MinValue) : after;
            List<(StoredCommit Commit, long Found)> page = await ReadAsync(
                ReadCommitsSql,
                parameters => parameters.AddSequence(next).AddInt(CommitsPerRead).AddInt(bytesMax),
                static row => (JournalRows.ToCommit(row), row.GetInt64(11)),
                cancellationToken).ConfigureAwait(false);
            await FetchNamesAsync(page.Select(found => found.Commit), cancellationToken).ConfigureAwait(false);
            foreach ((StoredCommit stored, _) in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return await _names.ReadAsync(() => DecodeAsync(stored, cancellationToken)).ConfigureAwait(false);
                after = stored.Header.Last;
            }

            if (page.Count == 0 || (page.Count == page[0].Found && page.Count < CommitsPerRead))
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        ranges.Count == 0 ? [] : (await _names.ReadAsync(() => _entries.ReadAsync(ranges, new EntryCollector(), cancellationToken)).ConfigureAwait(false)).Entries;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(operations);
        EntryRange[] ranges = [.. operations.Select(operation => new EntryRange(operation, operation))];
        HeadParts parts = withSums ? HeadParts.All : HeadParts.WithoutSums;
        return ranges.Length == 0
            ? []
            : (await _names.ReadAsync(() => _entries.ReadAsync(ranges, new EntryCollector(parts), cancellationToken)).ConfigureAwait(false)).Heads;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A reader can see a commit before the required standby has it. So this writes a message to the
    /// write-ahead log after it, in a transaction that waits for the standby as every commit does. No client reads the message.
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
    public void ForgetNames() => _names.ForgetAll();

    /// <inheritdoc/>
    public async ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken)
    {
        Sequence? previous = await EraseAsync(eraser => eraser.EraseAsync(erasure, entry, cancellationToken), cancellationToken).ConfigureAwait(false);
        _names.Forget(erasure.Opening);
        return previous;
    }

    /// <inheritdoc/>
    public ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken) =>
        EraseAsync(eraser => eraser.TryPurgeAsync(cancellationToken), cancellationToken);

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

    private async ValueTask<T> EraseAsync<T>(Func<JournalEraser, ValueTask<T>> erase, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await erase(new JournalEraser(connection, Partition)).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw new JournalException($"Pointbook could not erase texts of partition {Partition}: {failure.Message}", false, failure);
        }
    }

    /// <summary>Reads the unknown names that commits need, all at once.</summary>
    private async ValueTask FetchNamesAsync(IEnumerable<StoredCommit> commits, CancellationToken cancellationToken)
    {
        HashSet<Sequence> references = [];
        Sequence? first = null;
        foreach (StoredCommit commit in commits)
        {
            first ??= commit.Header.First;
            try
            {
                references.UnionWith(commit.FindReferences().Where(entry => entry < first));
            }
            catch (InvalidRowException)
            {
                // The decoder of the commit reports the damage, once it has the previous commits.
                break;
            }
        }

        await _entries.ResolveAsync(references, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Commit> DecodeAsync(StoredCommit stored, CancellationToken cancellationToken)
    {
        CommitHeader header = stored.Header;
        try
        {
            NameScope names = await _entries.ResolveAsync(stored.FindReferences(), cancellationToken).ConfigureAwait(false);
            Commit commit = Commit.FromStored(header, stored.Bytes, names);
            if (CommitSeal.Matches(header, stored.Bytes))
            {
                _names.Keep(names);
                _names.ForgetErased(commit);
            }

            return commit;
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(Partition, fault, header.First, header.Last, header.Id);
        }
    }

    private static AppendResult ToResult(NpgsqlDataReader row) =>
        row.GetBoolean(0) ? AppendResult.Appended
        : row.GetBoolean(1) ? AppendResult.Late
        : row.GetBoolean(2) ? AppendResult.Early
        : AppendResult.Fenced;

    private async ValueTask<T?> ReadOneAsync<T>(
        string sql, Action<NpgsqlParameterCollection> addParameters, Func<NpgsqlDataReader, T> toValue, CancellationToken cancellationToken)
        where T : class =>
        (await ReadAsync(sql, addParameters, toValue, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Runs a statement whose first parameter is the partition, and converts each row to a value.</summary>
    /// <exception cref="JournalException">The database failed.</exception>
    internal async ValueTask<List<T>> ReadAsync<T>(
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

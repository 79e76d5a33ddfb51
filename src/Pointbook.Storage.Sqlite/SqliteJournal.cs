using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The journal in a SQLite file. It has one partition, number 0.</summary>
public sealed class SqliteJournal : IJournal
{
    private const int CommitsPerRead = 64;
    private const string SchemaFolder = "Journal";
    private readonly string _path;
    private readonly TimeSpan _busyTimeout;
    private readonly JournalWriter? _writer;
    private readonly Pool<JournalReader> _readers;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _skewMax;
    private readonly JournalNames _names = new();

    private SqliteJournal(string path, SqliteStoreOptions options, TimeProvider clock, bool isReadOnly)
    {
        SqliteOpenMode mode = isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite;
        _path = path;
        _busyTimeout = options.BusyTimeout;
        WasSecured = SecuredMark.Read(path, options.BusyTimeout, mode);
        _writer = isReadOnly ? null : new JournalWriter(path, options.BusyTimeout);
        _readers = new Pool<JournalReader>(() => new JournalReader(path, _names, options.BusyTimeout, mode), options, clock);
        _clock = clock;
        _skewMax = options.SkewMax;
    }

    /// <inheritdoc/>
    public int Partition => 0;

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <summary>Whether the file records that the server has required callers to authenticate. The separate file of API keys may have been lost, and tokens are in no file.</summary>
    public bool WasSecured { get; private set; }

    /// <summary>Opens the file. Creates it if it is missing, and upgrades its schema.</summary>
    /// <exception cref="StoreException">The file is of a newer version, or not a journal.</exception>
    public static SqliteJournal Open(string path, SqliteStoreOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            Database.Migrate(path, SchemaFolder, options.BusyTimeout);
            return new SqliteJournal(path, options, clock, isReadOnly: false);
        }
        catch (SqliteException failure)
        {
            throw CannotOpen(path, failure);
        }
    }

    /// <summary>Opens an existing file for reading only. A server may use it meanwhile, and nothing in it is changed.</summary>
    /// <exception cref="StoreException">The file is of another version, or not a journal.</exception>
    public static SqliteJournal OpenReadOnly(string path, SqliteStoreOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            using (SqliteConnection connection = Database.OpenReader(path, options.BusyTimeout, SqliteOpenMode.ReadOnly))
            {
                Database.CheckVersion(connection, path, SchemaFolder);
            }

            return new SqliteJournal(path, options, clock, isReadOnly: true);
        }
        catch (SqliteException failure)
        {
            throw CannotOpen(path, failure);
        }
    }

    /// <summary>Records in the file, for ever, that callers must authenticate. It is durable before this returns, and appending continues meanwhile.</summary>
    /// <exception cref="StoreException">The record could not be written.</exception>
    public void MarkSecured()
    {
        try
        {
            if (!WasSecured)
            {
                SecuredMark.Write(_path, _busyTimeout);
                WasSecured = true;
            }
        }
        catch (SqliteException failure)
        {
            throw SecuredMark.Failed(_path, failure);
        }
    }

    /// <summary>Reads whether the file records a test clock. Returns null if there is no record.</summary>
    /// <exception cref="StoreException">The file cannot be read at the moment.</exception>
    public bool? ReadClockKind()
    {
        try
        {
            return ClockKind.Read(_path, _busyTimeout, _writer is null ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite);
        }
        catch (SqliteException failure)
        {
            throw CannotOpen(_path, failure);
        }
    }

    /// <summary>Records in the file, for ever, whether the store uses a test clock, unless there is a record already.</summary>
    /// <returns>The recorded value.</returns>
    /// <exception cref="StoreException">The record could not be written.</exception>
    public bool ClaimClock(bool isTest)
    {
        if (ReadClockKind() is { } noted)
        {
            return noted;
        }

        try
        {
            ClockKind.Write(_path, _busyTimeout, isTest);
        }
        catch (SqliteException failure)
        {
            throw new StoreException($"Pointbook could not record in {_path} which kind of clock the store uses: {failure.Message}", failure);
        }

        return ReadClockKind() ?? isTest;
    }

    /// <inheritdoc/>
    public ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken) => ReadAsync(reader => reader.ReadHead(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        JournalWriter writer = _writer ?? throw new InvalidOperationException("The journal was opened read-only.");
        Instant now = Instant.FromDateTimeOffset(_clock.GetUtcNow());
        if (commit.DecidedAt < now.PlusClamped(-_skewMax) || commit.DecidedAt > now.PlusClamped(_skewMax))
        {
            return new ValueTask<AppendResult>(commit.DecidedAt < now ? AppendResult.Late : AppendResult.Early);
        }

        if (!writer.TryAppend(commit))
        {
            return new ValueTask<AppendResult>(AppendResult.Fenced);
        }

        _names.KeepOwn(commit);
        return new ValueTask<AppendResult>(AppendResult.Appended);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // One commit at a time, because a reader that stays in one snapshot blocks checkpoints of the file, and because
        // the caller may need no more than one.
        while (true)
        {
            List<Sequence> commits = await ReadAsync(reader => reader.FindCommits(after, CommitsPerRead), cancellationToken).ConfigureAwait(false);
            foreach (Sequence last in commits)
            {
                yield return await _names.ReadAsync(() => ReadAsync(reader => reader.ReadCommit(last), cancellationToken)).ConfigureAwait(false);
                after = last;
            }

            if (commits.Count < CommitsPerRead)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        (await _names.ReadAsync(() => ReadAsync(ranges, new EntryCollector(), cancellationToken)).ConfigureAwait(false)).Entries;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(operations);
        IEnumerable<EntryRange> ranges = operations.Select(operation => new EntryRange(operation, operation));
        HeadParts parts = withSums ? HeadParts.All : HeadParts.WithoutSums;
        return (await _names.ReadAsync(() => ReadAsync(ranges, new EntryCollector(parts), cancellationToken)).ConfigureAwait(false)).Heads;
    }

    /// <inheritdoc/>
    /// <remarks>Every commit that a reader can see is already synchronized to the disk.</remarks>
    public ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.ReadCommitId(entry), cancellationToken);

    /// <inheritdoc/>
    public void ForgetNames() => _names.ForgetAll();

    /// <inheritdoc/>
    public ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken) => Erase(
        eraser =>
        {
            Sequence previous = eraser.Erase(erasure, entry);
            _names.Forget(erasure.Opening);
            return new ValueTask<Sequence?>(previous);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken) => Erase(
        static eraser =>
        {
            eraser.Purge();
            return new ValueTask<bool>(true);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.ReadSeal(last), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the file.</summary>
    internal void Dispose()
    {
        _readers.Dispose();
        _writer?.Dispose();
    }

    /// <summary>Erases over a separate connection, so that appending continues meanwhile.</summary>
    private T Erase<T>(Func<JournalEraser, T> erase, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using JournalEraser eraser = new(_path, _busyTimeout);
            return erase(eraser);
        }
        catch (SqliteException failure)
        {
            throw new JournalException($"Pointbook could not erase texts of the journal: {failure.Message}", false, failure);
        }
    }

    private static StoreException CannotOpen(string path, SqliteException failure) =>
        new($"Pointbook can't open the journal {path}: {failure.Message}", failure);

    private ValueTask<EntryCollector> ReadAsync(IEnumerable<EntryRange> ranges, EntryCollector collector, CancellationToken cancellationToken) =>
        ReadAsync(reader =>
        {
            foreach (EntryRange range in ranges)
            {
                cancellationToken.ThrowIfCancellationRequested();
                reader.ReadEntries(range, collector);
            }

            return collector;
        }, cancellationToken);

    private async ValueTask<TResult> ReadAsync<TResult>(Func<JournalReader, TResult> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _readers.ReadAsync(read, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException failure)
        {
            throw new JournalException($"Pointbook could not read the journal: {failure.Message}", false, failure);
        }
    }
}

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

    /// <summary>Whether it is noted in the file that callers ever had to say who they are. API keys are in another file, which may have been lost, and tokens in none.</summary>
    public bool WasSecured { get; private set; }

    /// <summary>Opens the file, creating it or bringing its schema up to date.</summary>
    /// <exception cref="StoreException">The file is of a newer version or no journal.</exception>
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

    /// <summary>Opens a file that is there, to read it only. A server may use it meanwhile, and nothing in it is changed.</summary>
    /// <exception cref="StoreException">The file is of another version or no journal.</exception>
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

    /// <summary>Notes in the file, for ever, that callers have to say who they are. It is durable before this returns, and appending goes on meanwhile.</summary>
    /// <exception cref="StoreException">It could not be noted.</exception>
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

    /// <summary>Whether it is noted in the file that the store is used with a test clock; null if nothing is noted.</summary>
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

    /// <summary>Notes in the file, for ever, whether the store is used with a test clock, unless that is noted already.</summary>
    /// <returns>What is noted.</returns>
    /// <exception cref="StoreException">It could not be noted.</exception>
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
            throw new StoreException($"It could not be noted in {_path} which kind of clock the store is used with: {failure.Message}", failure);
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
        JournalWriter writer = _writer ?? throw new InvalidOperationException("The journal was opened to be read only.");
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
        // One commit at a time, because a reader that stays in one snapshot keeps the file from being checkpointed, and because
        // whoever reads may want no more than that.
        while (true)
        {
            List<Sequence> commits = await ReadAsync(reader => reader.FindCommits(after, CommitsPerRead), cancellationToken).ConfigureAwait(false);
            foreach (Sequence last in commits)
            {
                yield return await ReadAsync(reader => reader.ReadCommit(last), cancellationToken).ConfigureAwait(false);
                after = last;
            }

            if (commits.Count < CommitsPerRead)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<Entry>>(reader =>
        {
            EntryCollector entries = new();
            foreach (EntryRange range in ranges)
            {
                cancellationToken.ThrowIfCancellationRequested();
                reader.ReadEntries(range, entries);
            }

            return entries.Entries;
        }, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>What can be read was synchronized to the disk before.</remarks>
    public ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.ReadCommitId(entry), cancellationToken);

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

    private static StoreException CannotOpen(string path, SqliteException failure) =>
        new($"The journal {path} cannot be opened: {failure.Message}", failure);

    private async ValueTask<TResult> ReadAsync<TResult>(Func<JournalReader, TResult> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _readers.ReadAsync(read, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException failure)
        {
            throw new JournalException($"The journal could not be read: {failure.Message}", false, failure);
        }
    }
}

using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The account store in a separate SQLite file with a separate writer, so that no round delays a commit.</summary>
public sealed partial class SqliteAccountStore : IAccountStore
{
    private const string SchemaFolder = "AccountStore";
    private const string DamagedSuffix = ".damaged";
    private const string ReplacementFailed = "The file could not be replaced.";

    private readonly string _path;
    private readonly SqliteStoreOptions _options;
    private readonly Pool<AccountReader> _readers;
    private readonly Pool<HistoryReader> _historyReaders;
    private readonly Pool<StateReader> _stateReaders;
    private readonly ILogger _logger;

    // SQLite uses no mutexes here (see Database). Two threads on the writer's connection would corrupt state that all connections to the file share.
    private readonly Lock _writing = new();
    private RoundWriter? _writer;
    private readonly bool _isReadOnly;

    // The mark of a damaged file may be written by any thread, and removed by a check. Whoever holds this lock may take the one above, but not the other way round.
    private readonly Lock _marking = new();
    private volatile string? _damage;
    private int _resets;
    private long _rowsOfNoAccount;

    private SqliteAccountStore(string path, SqliteStoreOptions options, TimeProvider clock, ILogger logger, bool isReadOnly = false)
    {
        SqliteOpenMode mode = isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite;
        _isReadOnly = isReadOnly;
        _logger = logger;
        TimeSpan busyTimeout = options.BusyTimeout;
        _path = path;
        _options = options;
        // Comes first because it may fail, and then nothing else needs disposing.
        _writer = isReadOnly ? null : new RoundWriter(path, options, logger);
        _readers = new Pool<AccountReader>(() => Guard(() => new AccountReader(path, busyTimeout, mode)), options, clock);
        _historyReaders = new Pool<HistoryReader>(() => Guard(() => new HistoryReader(path, busyTimeout, mode)), options, clock);
        _stateReaders = new Pool<StateReader>(() => Guard(() => new StateReader(path, busyTimeout, mode)), options, clock);
    }

    /// <summary>Opens the file. Replaces a file that is damaged or of another version with an empty one, to be rebuilt.</summary>
    /// <exception cref="StoreException">The file cannot be opened for a reason other than its content.</exception>
    public static SqliteAccountStore Open(string path, SqliteStoreOptions options, TimeProvider clock, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return OpenOrReplace(path, options, clock, logger);
        }
        catch (Exception failure) when (IsOfFile(failure))
        {
            throw new StoreException($"Pointbook can't open the account store {path}: {failure.Message}", failure);
        }
    }

    /// <summary>Opens the file for reading only. A server may use it meanwhile, and nothing is changed.</summary>
    /// <returns>The account store, or the reason why none can be read.</returns>
    /// <exception cref="StoreException">The file cannot be opened for a reason other than its content.</exception>
    internal static (SqliteAccountStore? AccountStore, string? Reason) OpenReadOnly(string path, SqliteStoreOptions options, TimeProvider clock)
    {
        if (!File.Exists(path))
        {
            return (null, "it does not exist yet");
        }

        try
        {
            ThrowIfUnusable(path);
            using (SqliteConnection connection = Database.OpenReader(path, options.BusyTimeout, SqliteOpenMode.ReadOnly))
            {
                Database.CheckVersion(connection, path, SchemaFolder);
            }

            return (new SqliteAccountStore(path, options, clock, NullLogger.Instance, isReadOnly: true), null);
        }
        catch (Exception failure) when (IsBeyondUse(failure))
        {
            return (null, failure.Message.TrimEnd('.'));
        }
        catch (Exception failure) when (IsOfFile(failure))
        {
            throw new StoreException($"Pointbook can't open the account store {path}: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        if (!_isReadOnly && _damage == ReplacementFailed)
        {
            // There may be no file, or an incomplete one.
            throw new AccountStoreDamagedException(ReplacementFailed);
        }

        // The count comes first: if the file is replaced between the two reads, the caller must not take the old position for one of the new file.
        int resets = Volatile.Read(ref _resets);
        AccountStorePosition position = await Read(_readers, reader => reader.ReadPosition(), cancellationToken).ConfigureAwait(false);
        return position with { Damage = _damage, Resets = resets, RowsOfNoAccount = Interlocked.Read(ref _rowsOfNoAccount) };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using Pool<AccountReader>.Lease lease = await _readers.RentAsync(cancellationToken).ConfigureAwait(false);
        using IEnumerator<LoadedAccount> accounts = lease.Read(reader => reader.Load(request).GetEnumerator());
        while (Guard(() => lease.Read(_ => accounts.MoveNext())))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return accounts.Current;
        }

        lease.IsClean = true;
    }

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(round);
        return new ValueTask<bool>(Write(writer => writer.TryApply(round, cancellationToken)));
    }

    /// <inheritdoc/>
    public ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(damage);
        cancellationToken.ThrowIfCancellationRequested();
        _ = Write(writer =>
        {
            writer.MarkDamaged(damage);
            return true;
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<bool>(Write(writer => writer.TryRepair(entries, position)));
    }

    /// <inheritdoc/>
    public ValueTask<bool> RewriteListsAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lists);
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<bool>(Write(writer => writer.TryRewriteLists(lists, withErasures, position)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken) =>
        Read(_historyReaders, reader => reader.ListErasures(after, countMax), cancellationToken);

    /// <inheritdoc/>
    public ValueTask FinishErasuresAsync(IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(erasures);
        cancellationToken.ThrowIfCancellationRequested();
        return Write(writer => writer.TryFinishErasures(erasures))
            ? ValueTask.CompletedTask
            : throw new StorageFailureException($"Pointbook could not empty the write-ahead log of {_path}, because other connections kept reading it. It may still contain deleted rows.");
    }

    /// <inheritdoc/>
    public async ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        // The last connection to a file deletes, by their names, the write-ahead log and its index. So no connection to the old file may be left when there is a new one.
        Action[] refills = [_readers.Refill, _historyReaders.Refill, _stateReaders.Refill];
        int drained = 0;
        try
        {
            await _readers.DrainAsync(cancellationToken).ConfigureAwait(false);
            drained++;
            await _historyReaders.DrainAsync(cancellationToken).ConfigureAwait(false);
            drained++;
            await _stateReaders.DrainAsync(cancellationToken).ConfigureAwait(false);
            drained++;
            _ = Guard(ReplaceFile);
        }
        finally
        {
            Array.ForEach(refills[..drained], refill => refill());
        }
    }

    /// <inheritdoc/>
    public ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) =>
        Read(_historyReaders, reader => reader.ListOperations(query), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
        ListAsync(reader => reader.ListAccounts(prefix, after, countMax), cancellationToken);

    /// <inheritdoc/>
    public ValueTask FinishCheckAsync(long deletedRows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _ = Guard(() =>
        {
            lock (_marking)
            {
                if (_damage is null && Interlocked.Read(ref _rowsOfNoAccount) == deletedRows)
                {
                    File.Delete(_path + DamagedSuffix);
                }
            }

            return true;
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken) =>
        Read(_stateReaders, reader => reader.ReadBalances(accounts, now), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken) =>
        Read(_stateReaders, reader => reader.ReadLots(query), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DueSums> ReadDueAsync(Instant now, CancellationToken cancellationToken) =>
        Read(_stateReaders, reader => reader.ReadDue(now), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        ListAsync(reader => reader.ListDueAccounts(now, countMax), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(Write(writer => writer.ForgetKeys(decidedBefore, countMax)));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _readers.Dispose();
        _historyReaders.Dispose();
        _stateReaders.Dispose();
        lock (_writing)
        {
            _writer?.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private TResult Write<TResult>(Func<RoundWriter, TResult> use) => Guard(() =>
    {
        lock (_writing)
        {
            return use(_writer ?? throw (_isReadOnly
                ? new InvalidOperationException("The account store was opened read-only.")
                : new AccountStoreDamagedException(ReplacementFailed)));
        }
    });

    private bool ReplaceFile()
    {
        lock (_writing)
        {
            // Until the new file is complete, the account store counts as damaged. After a failure, the caller tries again.
            _damage = ReplacementFailed;
            _writer?.Dispose();
            _writer = null;
            Interlocked.Increment(ref _resets);
            Delete(_path);
            Database.Migrate(_path, SchemaFolder, _options.BusyTimeout);
            _writer = new RoundWriter(_path, _options, _logger);
            _damage = null;
            return true;
        }
    }

    /// <summary>Converts failures of SQLite and the file system. Marks a damaged file, so that it is rebuilt even after a restart; a read-only opener cannot mark it.</summary>
    private TResult Guard<TResult>(Func<TResult> use)
    {
        try
        {
            return use();
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            if (_isReadOnly)
            {
                throw Unreadable(failure.Message.TrimEnd('.'), failure);
            }

            MarkDamaged(failure.Message);
            throw new AccountStoreDamagedException($"The account store {_path} is damaged, and must be rebuilt from the journal. {failure.Message}", failure);
        }
        catch (Exception failure) when (IsOfFile(failure))
        {
            throw Failed(failure);
        }
    }

    private void MarkDamaged(string damage)
    {
        lock (_marking)
        {
            _damage ??= damage;
            WriteMark(damage);
        }
    }

    /// <summary>Makes the next start rebuild the file.</summary>
    private void WriteMark(string damage)
    {
        try
        {
            File.WriteAllText(_path + DamagedSuffix, damage);
        }
        catch (Exception failure) when (IsOfFile(failure))
        {
            throw Failed(failure);
        }
    }

    private AccountStoreDamagedException Unreadable(string damage, Exception? cause) =>
        new($"The derived tables in {_path} are unreadable: {damage}.", cause);

    private StorageFailureException Failed(Exception failure) => new($"Pointbook could not use the account store {_path}: {failure.Message}", failure);

    /// <summary>Whether SQLite or the file system failed. Every other failure is a bug.</summary>
    internal static bool IsOfFile(Exception failure) => failure is SqliteException or IOException or UnauthorizedAccessException;

    private static bool IsDamage(Exception failure) => failure
        is AccountStoreDamagedException or InvalidRowException
        or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB };

    /// <summary>Lists accounts. Deletes rows with an invalid account key.</summary>
    /// <exception cref="AccountStoreDamagedException">There are rows with invalid keys, and the file was opened read-only.</exception>
    private async ValueTask<IReadOnlyList<AccountId>> ListAsync(Func<HistoryReader, AccountTexts> list, CancellationToken cancellationToken)
    {
        AccountTexts accounts = await Read(_historyReaders, list, cancellationToken).ConfigureAwait(false);
        if (accounts.Invalid.Count > 0 && _isReadOnly)
        {
            throw Unreadable("rows have an invalid account key", cause: null);
        }

        if (accounts.Invalid.Count > 0)
        {
            DeleteRows(accounts.Invalid);
        }

        return accounts.Accounts;
    }

    private void DeleteRows(IReadOnlyList<string> texts)
    {
        lock (_marking)
        {
            // First the mark: if the process ends before the check of all accounts, the next start rebuilds the file.
            WriteMark("Rows had an invalid account key.");
            int deleted = Write(writer => writer.DeleteRows(texts));
            Interlocked.Add(ref _rowsOfNoAccount, deleted);
            _logger.RowsOfNoAccount(_path, deleted);
        }
    }

    /// <summary>Reads with a connection that no other caller uses meanwhile.</summary>
    private async ValueTask<TResult> Read<TReader, TResult>(Pool<TReader> readers, Func<TReader, TResult> read, CancellationToken cancellationToken)
        where TReader : SnapshotReader
    {
        using Pool<TReader>.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
        TResult result = Guard(() => lease.Read(read));
        lease.IsClean = true;
        return result;
    }
}

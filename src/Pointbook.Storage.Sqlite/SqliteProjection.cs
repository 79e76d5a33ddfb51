using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.Projection;
using Pointbook.Engine.Stores;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The projection in a SQLite file of its own, with a writer of its own, so that no round stalls a commit.</summary>
public sealed class SqliteProjection : IProjection
{
    // Small transactions keep the write-ahead log small: it cannot be reused while a transaction goes on.
    private const int AccountsPerTransaction = 512;

    // SQLite reads what is missing of a file's last page as zeros; every page is a multiple of this.
    private const int PageSizeMin = 512;

    private const string DamagedSuffix = ".damaged";

    private readonly string _path;
    private readonly TimeSpan _busyTimeout;
    private readonly Pool<AccountReader> _readers;
    private SqliteConnection _connection;
    private AccountWriter _writer;

    private SqliteProjection(string path, TimeSpan busyTimeout)
    {
        _path = path;
        _busyTimeout = busyTimeout;
        _readers = new Pool<AccountReader>(() => new AccountReader(path, busyTimeout));
        (_connection, _writer) = Connect();
    }

    /// <summary>Opens the file. One that is damaged, or is of another version, is replaced by an empty one, to be rebuilt.</summary>
    /// <exception cref="StoreException">The file cannot be opened for a reason that is not its content.</exception>
    public static SqliteProjection Open(string path, SqliteStoreOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return OpenFile(path, options.BusyTimeout);
        }
        catch (Exception failure) when (IsBeyondUse(failure))
        {
            logger.ProjectionUnreadable(failure, path);
            Delete(path);
            return OpenFile(path, options.BusyTimeout);
        }
        catch (SqliteException failure)
        {
            throw new StoreException($"The projection {path} cannot be opened: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken) =>
        new(Guard(ReadPosition));

    /// <inheritdoc/>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AccountReader reader = _readers.Rent();
        bool isClean = false;
        try
        {
            using IEnumerator<LoadedAccount> accounts = reader.Load(request).GetEnumerator();
            while (Guard(accounts.MoveNext))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return accounts.Current;
            }

            isClean = true;
        }
        finally
        {
            // A reader that was left in the middle is still in its snapshot, so it is not used again.
            if (isClean)
            {
                _readers.Return(reader);
            }
            else
            {
                reader.Dispose();
            }
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(round);
        return new ValueTask<bool>(Guard(() => TryBegin(round) && TryApply(round, cancellationToken)));
    }

    /// <inheritdoc/>
    public ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        _readers.Dispose();
        Disconnect();
        Delete(_path);
        Database.Migrate(_path, "Projection");
        (_connection, _writer) = Connect();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _readers.Dispose();
        Disconnect();
        return ValueTask.CompletedTask;
    }

    private static SqliteProjection OpenFile(string path, TimeSpan busyTimeout)
    {
        if (File.Exists(path) && new FileInfo(path).Length % PageSizeMin != 0)
        {
            throw new StoreException($"{path} ends in the middle of a page.");
        }

        if (File.Exists(path + DamagedSuffix))
        {
            throw new StoreException($"{path} was found damaged: {File.ReadAllText(path + DamagedSuffix)}");
        }

        Database.Migrate(path, "Projection");
        return new SqliteProjection(path, busyTimeout);
    }

    /// <summary>Whether it is the file itself that is wrong. One that is locked, or on a full disk, is not, and rebuilding it would not help.</summary>
    private static bool IsBeyondUse(Exception failure) => failure switch
    {
        StoreException { InnerException: SqliteException cause } => IsBeyondUse(cause),
        StoreException => true,
        SqliteException { SqliteErrorCode: var code } =>
            code is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_ERROR,
        _ => false,
    };

    private static void Delete(string path)
    {
        foreach (string file in new[] { path, path + "-wal", path + "-shm", path + DamagedSuffix })
        {
            File.Delete(file);
        }
    }

    /// <summary>Says of a file that is damaged that it is, and leaves a mark by which the next start knows.</summary>
    private TResult Guard<TResult>(Func<TResult> use)
    {
        try
        {
            return use();
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            File.WriteAllText(_path + DamagedSuffix, failure.Message);
            throw new ProjectionDamagedException(
                $"The projection {_path} is damaged and is rebuilt at the next start; restart the server. {failure.Message}", failure);
        }
    }

    private static bool IsDamage(Exception failure) => failure
        is ProjectionDamagedException or FormatException or ArgumentException or OverflowException or KeyNotFoundException
        or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB };

    private (SqliteConnection Connection, AccountWriter Writer) Connect()
    {
        SqliteConnection connection = Database.OpenWriter(_path, "NORMAL", _busyTimeout);
        return (connection, new AccountWriter(connection));
    }

    private void Disconnect()
    {
        _writer.Dispose();
        _connection.Dispose();
    }

    private ProjectionPosition ReadPosition()
    {
        using Statement read = new(_connection, "SELECT last_sequence, seal, target_sequence, target_seal FROM projection_position");
        if (!read.Step())
        {
            return ProjectionPosition.Start;
        }

        return new ProjectionPosition(new Sequence(read.Int64(0)), read.DigestAt(1), new Sequence(read.Int64(2)), read.DigestAt(3));
    }

    /// <summary>Says how far the rows may be ahead of the position from now on, so that a round that is cut short can be told apart later.</summary>
    private bool TryBegin(ProjectionRound round)
    {
        using Statement begin = new(
            _connection,
            """
            UPDATE projection_position SET target_sequence = ?2, target_seal = ?3
            WHERE last_sequence = ?1 AND target_sequence <= ?2 RETURNING 1
            """);
        bool isBegun = begin.Bind(1, round.After.Value).Bind(2, round.End.Last.Value).Bind(3, round.End.Seal).Step();
        if (isBegun)
        {
            begin.Step();
        }

        return isBegun || IsTargetAhead(round);
    }

    /// <summary>Whether an earlier, longer round from here was cut short; its target stays.</summary>
    private bool IsTargetAhead(ProjectionRound round)
    {
        ProjectionPosition position = ReadPosition();
        return position.Last == round.After && position.TargetLast > round.End.Last;
    }

    private bool TryApply(ProjectionRound round, CancellationToken cancellationToken)
    {
        foreach (AccountEntries[] accounts in round.Accounts.Chunk(AccountsPerTransaction))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using SqliteTransaction transaction = _connection.BeginTransaction();
            foreach (AccountEntries account in accounts)
            {
                _writer.Write(account);
            }

            transaction.Commit();
        }

        using SqliteTransaction last = _connection.BeginTransaction();
        if (!TryMove(round))
        {
            return false;
        }

        foreach (PayerTotalChange total in round.Totals)
        {
            _writer.Write(total);
        }

        last.Commit();
        return true;
    }

    private bool TryMove(ProjectionRound round)
    {
        using Statement move = new(
            _connection,
            "UPDATE projection_position SET last_sequence = ?2, seal = ?3 WHERE last_sequence = ?1 RETURNING 1");
        bool isMoved = move.Bind(1, round.After.Value).Bind(2, round.End.Last.Value).Bind(3, round.End.Seal).Step();
        if (isMoved)
        {
            move.Step();
        }

        return isMoved;
    }
}

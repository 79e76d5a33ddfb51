using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Appends to the journal over a separate connection. Not thread-safe.</summary>
internal sealed class JournalWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly Statement _head;
    private readonly Statement _insertCommit;

    public JournalWriter(string path, TimeSpan busyTimeout)
    {
        _connection = Database.OpenWriter(path, WriterProfile.Journal, busyTimeout);
        _begin = new Statement(_connection, "BEGIN IMMEDIATE");
        _commit = new Statement(_connection, "COMMIT");
        _rollback = new Statement(_connection, "ROLLBACK");
        _head = new Statement(_connection, "SELECT last_sequence, seal FROM journal_commit ORDER BY last_sequence DESC LIMIT 1");
        _insertCommit = new Statement(
            _connection,
            """
            INSERT INTO journal_commit (last_sequence, first_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal, body, texts)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """);
    }

    /// <summary>Appends a commit if the preceding commit is the expected one, all in one transaction.</summary>
    /// <returns>Whether the preceding commit is the expected one.</returns>
    /// <exception cref="JournalException">The database failed.</exception>
    public bool TryAppend(Commit commit)
    {
        try
        {
            _begin.Run();
            if (!IsHead(commit))
            {
                _rollback.Run();
                return false;
            }

            Insert(commit);
        }
        catch (Exception failure) when (failure is SqliteException or InvalidRowException)
        {
            RollBack();
            throw new JournalException($"Pointbook could not write entries {commit.First} to {commit.Last}: {failure.Message}", false, failure);
        }
        catch
        {
            RollBack();
            throw;
        }

        CommitTransaction(commit);
        return true;
    }

    public void Dispose()
    {
        foreach (Statement statement in new[] { _begin, _commit, _rollback, _head, _insertCommit })
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private bool IsHead(Commit commit)
    {
        Sequence last = Sequence.Zero;
        Digest seal = default;
        if (_head.Step())
        {
            (last, seal) = (new Sequence(_head.Int64(0)), _head.DigestAt(1));
            _head.Reset();
        }

        return last.Next == commit.First && seal == commit.PreviousSeal;
    }

    private void Insert(Commit commit)
    {
        Span<byte> id = stackalloc byte[16];
        commit.Id.TryWriteBytes(id, bigEndian: true, out _);
        _insertCommit
            .Bind(1, commit.Last.Value)
            .Bind(2, commit.First.Value)
            .Bind(3, id)
            .Bind(4, commit.Format)
            .Bind(5, commit.DecidedAt.UnixMicroseconds)
            .Bind(6, commit.RecordedAt.UnixMicroseconds)
            .Bind(7, commit.PreviousSeal)
            .Bind(8, commit.Seal)
            .Bind(9, commit.Bytes.Body.Span)
            .Bind(10, commit.Bytes.Texts.Span)
            .Run();
    }

    private void CommitTransaction(Commit commit)
    {
        try
        {
            _commit.Run();
        }
        catch (SqliteException failure)
        {
            RollBack();
            throw new JournalException($"Pointbook could not commit entries {commit.First} to {commit.Last}: {failure.Message}", IsUnknown(failure), failure);
        }
    }

    /// <summary>
    /// Whether a failed COMMIT may still be durable. It cannot be if SQLite could not write its last frame, or if a constraint of the
    /// database rejected it. If its sync failed, it may be in the file after a crash.
    /// </summary>
    private static bool IsUnknown(SqliteException failure) => failure.SqliteErrorCode is not (
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_CONSTRAINT or SQLitePCL.raw.SQLITE_NOMEM);

    private void RollBack()
    {
        // Some failures have already ended the transaction, and then there is nothing to roll back. A failed rollback leaves a
        // transaction open, and the next BEGIN fails because of it. The caller gets the original failure.
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            _ = SQLitePCL.raw.sqlite3_exec(_connection.Handle, "ROLLBACK");
        }
    }
}

using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Overwrites texts of erased accounts over a separate connection. Not thread-safe.</summary>
internal sealed class JournalEraser : IDisposable
{
    private readonly SqliteConnection _connection;

    public JournalEraser(string path, TimeSpan busyTimeout) => _connection = Database.OpenWriter(path, WriterProfile.Journal, busyTimeout);

    /// <summary>Overwrites the texts of an account in the commit that contains an entry.</summary>
    /// <returns>The first entry of the account's last operation before the commit; zero if there is none.</returns>
    /// <exception cref="JournalDamagedException">The commit is damaged or missing.</exception>
    public Sequence Erase(AccountErasure erasure, Sequence entry)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        using Statement select = new(_connection, JournalReader.CommitOfSql);
        if (!select.Bind(1, entry.Value).Step())
        {
            throw JournalReader.Damaged(new InvalidRowException("the commit is missing"), entry, entry, null);
        }

        (CommitHeader header, TextErasure found) = JournalReader.OfCommit(select, row =>
        {
            CommitHeader read = JournalReader.ToHeader(row);
            return (read, TextErasure.Find(read, JournalReader.ReadBytes(row), erasure));
        });
        select.Reset();
        if (found.IsNeeded)
        {
            using Statement update = new(_connection, "UPDATE journal_commit SET texts = ?2 WHERE last_sequence = ?1");
            update.Bind(1, header.Last.Value).Bind(2, found.ToTexts()).Run();
            transaction.Commit();
        }

        return found.PreviousOperation;
    }

    /// <summary>Empties the write-ahead log, which contains older versions of the pages.</summary>
    /// <exception cref="JournalException">Other connections read during every attempt.</exception>
    public void Purge()
    {
        if (!Database.TryEmptyLog(_connection))
        {
            throw new JournalException("Pointbook could not empty the write-ahead log of the journal, because other connections kept reading it. It may still contain erased texts.", false, null);
        }
    }

    public void Dispose() => _connection.Dispose();
}

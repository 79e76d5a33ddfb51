using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The append-only source of truth of one partition.</summary>
/// <remarks>
/// One caller at a time may call <see cref="AppendAsync"/>. Any thread may call the reading members at any time.
/// </remarks>
public interface IJournal : IAsyncDisposable
{
    /// <summary>The partition of the journal.</summary>
    int Partition { get; }

    /// <summary>Whether another process may append as well. If so, the caller must check what it read against the head.</summary>
    bool IsShared { get; }

    /// <summary>The same journal for readers that may read much at a time. However many they are, they take no connection that an append needs.</summary>
    IJournal Background => this;

    /// <summary>Reads the head of the journal.</summary>
    /// <exception cref="JournalException">The store could not be read.</exception>
    ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>Appends a whole commit or nothing. When it returns <see cref="AppendResult.Appended"/>, the commit is durable.</summary>
    /// <param name="commit">The commit. Its place and <see cref="Commit.PreviousSeal"/> state what must precede it.</param>
    /// <param name="cancellationToken">If it is already cancelled, the journal writes nothing. A later cancellation may leave the outcome unknown.</param>
    /// <exception cref="JournalException">The store failed; the exception states whether the outcome is known.</exception>
    ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken);

    /// <summary>Reads whole commits in order.</summary>
    /// <param name="after">Any entry, or zero; the first commit is the one that contains the next entry.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="JournalException">The store could not be read, or its content is not a journal.</exception>
    IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, CancellationToken cancellationToken);

    /// <summary>Reads entries and checks them with the seal of their commit. Of each commit, it reads only the header, the index and the blocks that contain them.</summary>
    /// <param name="ranges">The ranges to read, ascending and disjoint.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The entries that exist, in order.</returns>
    /// <exception cref="JournalDamagedException">A commit that contains some of them does not match its seal.</exception>
    /// <exception cref="JournalException">The store could not be read.</exception>
    ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken);

    /// <summary>Reads the heads of operations, in the same way.</summary>
    /// <param name="operations">The first entries of the operations, ascending and without duplicates.</param>
    /// <param name="withSums">Whether to fill <see cref="OperationHead.Payers"/>, which is large if an operation has many payers; otherwise it is empty.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The heads, in order. Entries that do not exist or begin no operation have none.</returns>
    /// <exception cref="JournalDamagedException">A commit that contains one of them does not match its seal.</exception>
    /// <exception cref="JournalException">The store could not be read.</exception>
    ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken);

    /// <summary>Finds the commit that contains an entry, and returns only once that commit is as durable as an append makes it.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The id of the commit, or null if the entry does not exist.</returns>
    /// <exception cref="JournalException">The store could not be read, or the journal cannot tell whether the commit is durable.</exception>
    ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets the account keys read so far. A reader must call it before it relies on finding each account under one key. It must also call it after it
    /// skipped entries, because they may have erased accounts.
    /// </summary>
    void ForgetNames();

    /// <summary>Overwrites the texts of an erased account in the commit that contains an entry. Leaves overwritten texts unchanged, so a caller may repeat it.</summary>
    /// <param name="erasure">The erasure, which must be durable and in the account store.</param>
    /// <param name="entry">An entry of the account.</param>
    /// <param name="cancellationToken">Cancels the erasure; the commit is then either unchanged or fully erased.</param>
    /// <returns>
    /// The first entry of the account's last operation before the commit, or zero if there is none. Null if a process is rebuilding the tables and has not
    /// reached the erasure yet. The journal overwrites nothing then, because the key of an account must not change while its entries are read.
    /// </returns>
    /// <exception cref="JournalDamagedException">The commit does not match its seal, or is missing.</exception>
    /// <exception cref="JournalException">The store failed and overwrote nothing.</exception>
    ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken);

    /// <summary>
    /// Removes remains of overwritten texts that the store keeps outside their rows, such as old row versions and change logs. If the derived tables are in the
    /// same database, it also removes the remains of their deleted rows.
    /// </summary>
    /// <returns>False if another process or partition is purging now; the caller must then try again.</returns>
    /// <exception cref="JournalException">The store failed or is too busy. The caller must try again.</exception>
    ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken);

    /// <summary>Reads the seal of the commit that ends with an entry.</summary>
    /// <returns>The seal, 32 zero bytes for zero, or null if no commit ends there.</returns>
    /// <exception cref="JournalException">The store could not be read.</exception>
    ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken);
}

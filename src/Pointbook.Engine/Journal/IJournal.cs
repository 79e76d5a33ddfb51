using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The append-only truth of one partition.</summary>
/// <remarks>
/// <see cref="AppendAsync"/> is called by one caller at a time; the reading members may be called by any thread at any time.
/// </remarks>
public interface IJournal : IAsyncDisposable
{
    /// <summary>The partition whose journal it is.</summary>
    int Partition { get; }

    /// <summary>Whether another process may append as well. If so, what was read has to be checked against the head.</summary>
    bool IsShared { get; }

    /// <summary>Reads where the journal ends.</summary>
    /// <exception cref="JournalException">The store could not be read.</exception>
    ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>Appends a commit as a whole, or nothing of it. Once it returns <see cref="AppendResult.Appended"/>, the commit is durable.</summary>
    /// <param name="commit">What to append. Its place and <see cref="Commit.PreviousSeal"/> say what must precede it.</param>
    /// <param name="cancellationToken">If it is cancelled already, nothing is written. Later it may leave the outcome unknown.</param>
    /// <exception cref="JournalException">The store failed; the exception says whether the outcome is known.</exception>
    ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken);

    /// <summary>Reads whole commits in order.</summary>
    /// <param name="after">Any entry, or zero; the first commit is the one that contains the entry after it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="JournalException">The store could not be read, or what it holds is not a journal.</exception>
    IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, CancellationToken cancellationToken);

    /// <summary>Reads entries, and of each commit no more than the blocks that have these. They are not checked: whoever uses them compares them with a checksum or a seal.</summary>
    /// <param name="ranges">Where they stand, ascending and apart from each other.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The entries that are there, in order.</returns>
    /// <exception cref="JournalException">The store could not be read.</exception>
    ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken);

    /// <summary>Finds out which commit has this entry, and returns only once that one is as durable as an append makes it.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The id of the commit, or null if there is no such entry.</returns>
    /// <exception cref="JournalException">The store could not be read, or it is not known whether the commit is durable.</exception>
    ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken);

    /// <summary>The seal of the commit that ends with this entry.</summary>
    /// <returns>The seal, 32 zero bytes for zero, or null if no commit ends there.</returns>
    /// <exception cref="JournalException">The store could not be read.</exception>
    ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken);
}

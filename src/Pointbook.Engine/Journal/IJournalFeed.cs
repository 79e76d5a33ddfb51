using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The journals of all partitions of a store, for readers that follow them. Thread-safe.</summary>
/// <remarks>What the feed returns is as durable as an acknowledged commit, even if other processes write to the store.</remarks>
public interface IJournalFeed
{
    /// <summary>The number of partitions. They are numbered from 0.</summary>
    int PartitionCount { get; }

    /// <summary>Reads the head of a partition's journal.</summary>
    /// <exception cref="JournalException">The store could not be read, or the feed cannot tell whether the last commit is durable.</exception>
    ValueTask<JournalHead> ReadHeadAsync(int partition, CancellationToken cancellationToken);

    /// <summary>Reads whole commits in order, up to the head of the journal when the read began.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="after">Any entry, or zero; the first commit is the one that contains the next entry.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="JournalException">The store could not be read, its content is not a journal, or the feed cannot tell whether the last commit is durable.</exception>
    IAsyncEnumerable<Commit> ReadCommitsAsync(int partition, Sequence after, CancellationToken cancellationToken);
}

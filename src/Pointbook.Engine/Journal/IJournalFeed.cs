using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The journals of all partitions of a store, for those who follow them. Thread-safe.</summary>
/// <remarks>What is read here is as durable as what was acknowledged, also where others write to the store.</remarks>
public interface IJournalFeed
{
    /// <summary>How many partitions there are, numbered from 0.</summary>
    int PartitionCount { get; }

    /// <summary>Reads where the journal of a partition ends.</summary>
    /// <exception cref="JournalException">The store could not be read, or it is not known whether the last commit is durable.</exception>
    ValueTask<JournalHead> ReadHeadAsync(int partition, CancellationToken cancellationToken);

    /// <summary>Reads whole commits in order, up to where the journal ended when the reading began.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="after">Any entry, or zero; the first commit is the one that contains the entry after it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="JournalException">The store could not be read, what it holds is not a journal, or it is not known whether the last commit is durable.</exception>
    IAsyncEnumerable<Commit> ReadCommitsAsync(int partition, Sequence after, CancellationToken cancellationToken);
}

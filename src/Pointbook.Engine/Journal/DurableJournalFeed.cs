using System.Runtime.CompilerServices;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Reads the journals of a store, and of them only what is durable.</summary>
public sealed class DurableJournalFeed : IJournalFeed
{
    private readonly IReadOnlyList<IJournal> _journals;
    private readonly long[] _confirmed;

    /// <summary>Takes the journals, which stay their owner's; number <c>n</c> stands at index <c>n</c>.</summary>
    public DurableJournalFeed(IReadOnlyList<IJournal> journals)
    {
        ArgumentNullException.ThrowIfNull(journals);
        _journals = journals;
        _confirmed = new long[journals.Count];
    }

    /// <inheritdoc/>
    public int PartitionCount => _journals.Count;

    /// <inheritdoc/>
    public async ValueTask<JournalHead> ReadHeadAsync(int partition, CancellationToken cancellationToken)
    {
        IJournal journal = _journals[partition];
        JournalHead head = await journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        // What can be read need not be on the standby yet that it has to be on. What once was stays, so each head is asked about once.
        if (head.Last.Value > Volatile.Read(ref _confirmed[partition]))
        {
            _ = await journal.ConfirmAsync(head.Last, cancellationToken).ConfigureAwait(false)
                ?? throw new JournalException($"Entry {head.Last} of partition {partition} was the last one of its journal and is gone.");
            Volatile.Write(ref _confirmed[partition], head.Last.Value);
        }

        return head;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(
        int partition, Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JournalHead head = await ReadHeadAsync(partition, cancellationToken).ConfigureAwait(false);
        if (head.Last <= after)
        {
            yield break;
        }

        await foreach (Commit commit in _journals[partition].ReadCommitsAsync(after, cancellationToken).ConfigureAwait(false))
        {
            if (commit.Last > head.Last)
            {
                yield break;
            }

            yield return commit;
        }
    }
}

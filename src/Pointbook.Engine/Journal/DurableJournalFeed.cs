using System.Runtime.CompilerServices;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Reads the journals of a store, and of them only what is durable.</summary>
public sealed class DurableJournalFeed : IJournalFeed
{
    private readonly IReadOnlyList<IJournal> _journals;
    private readonly long[] _confirmed;
    private readonly JournalDamage? _damage;
    private readonly FailureLog? _failures;

    /// <summary>Takes the journals, which stay their owner's; number <c>n</c> stands at index <c>n</c>.</summary>
    /// <param name="journals">The journals.</param>
    /// <param name="damage">Is told of damage to a journal; null if nobody wants to know.</param>
    /// <param name="failures">Logs why a journal could not be read; null if nobody wants to know.</param>
    public DurableJournalFeed(IReadOnlyList<IJournal> journals, JournalDamage? damage = null, FailureLog? failures = null)
    {
        _damage = damage;
        _failures = failures;
        ArgumentNullException.ThrowIfNull(journals);
        _journals = journals;
        _confirmed = new long[journals.Count];
    }

    /// <inheritdoc/>
    public int PartitionCount => _journals.Count;

    /// <inheritdoc/>
    public async ValueTask<JournalHead> ReadHeadAsync(int partition, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadDurableHeadAsync(partition, cancellationToken).ConfigureAwait(false);
        }
        catch (JournalException failure)
        {
            Report(failure, cancellationToken);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Each commit is checked against its seal and the commit before it.</remarks>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(
        int partition, Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CommitSeal seals = new();
        JournalHead? before = null;
        JournalHead head = await ReadHeadAsync(partition, cancellationToken).ConfigureAwait(false);
        if (head.Last <= after)
        {
            yield break;
        }

        IAsyncEnumerator<Commit> commits = _journals[partition].ReadCommitsAsync(after, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (commits.ConfigureAwait(false))
        {
            while (await NextAsync(partition, commits, before, seals, cancellationToken).ConfigureAwait(false) is { } commit && commit.Last <= head.Last)
            {
                before = commit.ToHead();
                yield return commit;
            }
        }
    }

    private async ValueTask<JournalHead> ReadDurableHeadAsync(int partition, CancellationToken cancellationToken)
    {
        IJournal journal = _journals[partition];
        JournalHead head = await journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        // What can be read may not have reached the standby that it must reach. What once was stays, so each head is asked about once.
        if (head.Last.Value > Volatile.Read(ref _confirmed[partition]))
        {
            _ = await journal.ConfirmAsync(head.Last, cancellationToken).ConfigureAwait(false)
                ?? throw new JournalException($"Entry {head.Last} of partition {partition} was the last one of its journal and is gone.");
            Volatile.Write(ref _confirmed[partition], head.Last.Value);
        }

        return head;
    }

    /// <summary>Reads the next commit and checks it.</summary>
    /// <returns>The commit, or null at the end.</returns>
    private async ValueTask<Commit?> NextAsync(
        int partition, IAsyncEnumerator<Commit> commits, JournalHead? before, CommitSeal seals, CancellationToken cancellationToken)
    {
        try
        {
            if (!await commits.MoveNextAsync().ConfigureAwait(false))
            {
                return null;
            }

            Commit commit = commits.Current;
            before ??= await JournalVerification.ReadHeadBeforeAsync(_journals[partition], commit, cancellationToken).ConfigureAwait(false);
            JournalVerification.Check(commit, before, seals);
            return commit;
        }
        catch (JournalException failure)
        {
            Report(failure, cancellationToken);
            throw;
        }
    }

    private void Report(JournalException failure, CancellationToken cancellationToken)
    {
        if (failure is JournalDamagedException damage)
        {
            _damage?.Report(damage);
        }
        else if (!cancellationToken.IsCancellationRequested)
        {
            _failures?.Tell(failure);
        }
    }
}

using System.Runtime.CompilerServices;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Reads the durable part of a store's journals.</summary>
public sealed class DurableJournalFeed : IJournalFeed
{
    private readonly IReadOnlyList<IJournal> _journals;
    private readonly long[] _confirmed;
    private readonly JournalDamage? _damage;
    private readonly FailureLog? _failures;

    /// <summary>Creates the feed. The caller still owns the journals; number <c>n</c> is at index <c>n</c>.</summary>
    /// <param name="journals">The journals.</param>
    /// <param name="damage">Receives damage to a journal; null to ignore it.</param>
    /// <param name="failures">Logs why a journal could not be read; null to log nothing.</param>
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
    /// <remarks>The feed checks each commit against its seal and the previous commit.</remarks>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(
        int partition, Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JournalHead? before = null;
        JournalHead head = await ReadHeadAsync(partition, cancellationToken).ConfigureAwait(false);
        if (head.Last <= after)
        {
            yield break;
        }

        IAsyncEnumerator<Commit> commits = _journals[partition].ReadCommitsAsync(after, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (commits.ConfigureAwait(false))
        {
            while (await NextAsync(partition, commits, before, cancellationToken).ConfigureAwait(false) is { } commit && commit.Last <= head.Last)
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
        // A readable commit may not have reached its standby yet. A confirmed commit stays durable, so the feed confirms each head once.
        if (head.Last.Value > Volatile.Read(ref _confirmed[partition]))
        {
            _ = await journal.ConfirmAsync(head.Last, cancellationToken).ConfigureAwait(false)
                ?? throw new JournalException($"Entry {head.Last}, the last one in the journal of partition {partition}, is missing.");
            Volatile.Write(ref _confirmed[partition], head.Last.Value);
        }

        return head;
    }

    /// <summary>Reads and checks the next commit.</summary>
    /// <returns>The commit, or null at the end.</returns>
    private async ValueTask<Commit?> NextAsync(
        int partition, IAsyncEnumerator<Commit> commits, JournalHead? before, CancellationToken cancellationToken)
    {
        try
        {
            if (!await commits.MoveNextAsync().ConfigureAwait(false))
            {
                return null;
            }

            Commit commit = commits.Current;
            before ??= await JournalVerification.ReadHeadBeforeAsync(_journals[partition], commit, cancellationToken).ConfigureAwait(false);
            JournalVerification.Check(commit, before);
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

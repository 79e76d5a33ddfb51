using System.Runtime.CompilerServices;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <content>Sums over accounts.</content>
internal sealed partial class PartitionQueries
{
    // A list of payers must be read again only while points expire and are swept.
    private const int PayerReadsMax = 20;

    /// <summary>Waits until the read model contains every write that any process acknowledged before the call.</summary>
    /// <exception cref="ReadModelBehindException">The read model currently cannot advance.</exception>
    public async ValueTask<ProbeAnswer> SettleReadModelAtAsync(CancellationToken cancellationToken)
    {
        ProbeAnswer answer = await partition.ProbeAsync(cancellationToken).ConfigureAwait(false);
        return answer.Refusal is null ? await SettleAtAsync(answer, partition.SettleReadModelAsync, cancellationToken).ConfigureAwait(false) : answer;
    }

    /// <summary>Reads the read model. The result contains every entry up to one.</summary>
    /// <param name="through">The entry.</param>
    /// <param name="read">Reads.</param>
    /// <param name="toPosition">Finds the position of a result.</param>
    /// <param name="places">The places for reads of all lists of payers and statements. A read has one only while it reads, so that one that waits delays no other.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="ReadModelBehindException">The read model contains less or is damaged, or all places stayed taken for too long.</exception>
    public async Task<T> ReadReadModelAsync<T>(
        Sequence through, Func<IReadModel, ValueTask<T>> read, Func<T, ReadModelPosition> toPosition, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        try
        {
            T result = await InPlaceAsync(places, () => read(stored.ReadModel).AsTask(), cancellationToken).ConfigureAwait(false);
            if (toPosition(result).Last < through)
            {
                // A generation that contains less has begun to answer since the caller waited.
                await SettleAtAsync(new ProbeAnswer(null, default, through), partition.SettleReadModelAsync, cancellationToken).ConfigureAwait(false);
                result = await InPlaceAsync(places, () => read(stored.ReadModel).AsTask(), cancellationToken).ConfigureAwait(false);
            }

            Sequence position = toPosition(result).Last;
            return position >= through ? result : throw new ReadModelBehindException(position, through);
        }
        catch (ReadModelDamagedException damage)
        {
            partition.ReportReadModelDamage(damage);
            throw new ReadModelBehindException(damage);
        }
    }

    /// <summary>Lists payers with their sums and their due points, all as of one entry of the journal.</summary>
    /// <param name="query">Selects the payers.</param>
    /// <param name="now">Lots that have expired by this time count as due.</param>
    /// <param name="through">The result contains every entry up to this one.</param>
    /// <param name="places">The places for reads of all lists of payers and statements.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="ReadModelBehindException">The read model contains less or is damaged, or every read met a round in progress.</exception>
    /// <exception cref="AccountStoreBehindException">The account store contains less.</exception>
    public async Task<IReadOnlyList<PayerLine>> ListPayersAsync(
        PayerQuery query, Instant now, Sequence through, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        Sequence needed = through;
        long? began = null;
        for (int reads = 0; reads < PayerReadsMax && (began is not { } start || clock.GetElapsedTime(start) < options.WaitMax); reads++)
        {
            PayerTotals totals = await ReadReadModelAsync(
                through,
                model => model.ListPayersAsync(query, cancellationToken),
                read => read.Position,
                places,
                cancellationToken).ConfigureAwait(false);
            began ??= clock.GetTimestamp();
            if (totals.Payers.Count == 0)
            {
                return [];
            }

            if ((await SettleAtAsync(new ProbeAnswer(null, default, needed), cancellationToken).ConfigureAwait(false)).Refusal is not null)
            {
                break;
            }

            (IReadOnlyDictionary<PayerName, Int128>? points, Sequence target) = await InPlaceAsync(
                places, () => ReadDueAtAsync(totals.Position, now, through, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (points is not null)
            {
                return [.. totals.Payers.Select(total => new PayerLine(total.Payer, total.Points, total.Outstanding, points.GetValueOrDefault(total.Payer)))];
            }

            // The round in progress may be complete at the next read.
            needed = target;
        }

        throw new ReadModelBehindException();
    }

    /// <exception cref="ReadModelBehindException">All places stayed taken for too long.</exception>
    private async Task<T> InPlaceAsync<T>(SemaphoreSlim places, Func<Task<T>> read, CancellationToken cancellationToken)
    {
        using CancellationTokenSource tooLong = new(options.WaitMax, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        try
        {
            await places.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ReadModelBehindException(new TimeoutException("Other lists of payers and statements are being read."));
        }

        try
        {
            return await read().ConfigureAwait(false);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Reads the due points at the position of the read model.</summary>
    /// <returns>The points of each payer, or null if the rows do not determine them, and the target of the rows.</returns>
    private async Task<(IReadOnlyDictionary<PayerName, Int128>? Points, Sequence Target)> ReadDueAtAsync(
        ReadModelPosition position, Instant now, Sequence through, CancellationToken cancellationToken)
    {
        DueSums due = await AccountStore.ReadDueAsync(now, cancellationToken).ConfigureAwait(false);
        ThrowIfBehind(due.Position.Last, through);
        return (await ReadDueAtAsync(due, position, now, cancellationToken).ConfigureAwait(false), due.Position.TargetLast);
    }

    /// <summary>Computes the due points at the position of the read model. The journal has the entries between that position and the account rows.</summary>
    /// <returns>The points of each payer; null if the rows do not determine them, or if there are too many entries between.</returns>
    private async ValueTask<IReadOnlyDictionary<PayerName, Int128>?> ReadDueAtAsync(
        DueSums due, ReadModelPosition position, Instant now, CancellationToken cancellationToken)
    {
        (ReadModelPosition after, Sequence through) = due.RangeTo(position);
        return through.Value - after.Last.Value > options.DueEntriesMax ? null
            : await due.AtAsync(position.Last, now, ReadCommitsAsync(after, through, cancellationToken)).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<Commit> ReadCommitsAsync(ReadModelPosition after, Sequence through, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (after.Last >= through)
        {
            yield break;
        }

        await foreach (Commit commit in JournalVerification.ReadAsync(Journal.Background, after.ToHead(), cancellationToken).ConfigureAwait(false))
        {
            yield return commit;
            if (commit.Last >= through)
            {
                yield break;
            }
        }

        throw new JournalException($"The journal ends before entry {through}, which the derived tables contain.");
    }
}

using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Answers questions about the accounts of one partition from its projection and its journal. Thread-safe.</summary>
internal sealed class PartitionQueries(IPartition partition, StoredPartition stored, QueryOptions options, TimeProvider clock)
{
    private const int OperationsPerRead = 500;

    // A page has many operations with few entries each, or, rarely, few with very many.
    private const int OperationsPerJournalRead = 50;

    /// <summary>The partition's journal.</summary>
    public IJournal Journal => stored.Journal;

    /// <summary>The partition's projection.</summary>
    public IProjection Projection => stored.Projection;

    /// <summary>Waits until the projection has everything that was acknowledged before the call, by any process.</summary>
    /// <returns>Why it does not, or null.</returns>
    public async ValueTask<Refusal?> SettleAsync(CancellationToken cancellationToken) =>
        (await SettleAtAsync(cancellationToken).ConfigureAwait(false)).Refusal;

    /// <summary>The same, and when that was: everything answered before is as of an earlier time, everything written later by this process is recorded later.</summary>
    public async ValueTask<ProbeAnswer> SettleAtAsync(CancellationToken cancellationToken)
    {
        ProbeAnswer answer = await partition.ProbeAsync(cancellationToken).ConfigureAwait(false);
        if (answer.Refusal is not null)
        {
            return answer;
        }

        using CancellationTokenSource tooLong = new(options.WaitMax, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        try
        {
            await partition.SettleAsync(answer.Through, either.Token).ConfigureAwait(false);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeAnswer(new Refusal(RefusalCode.ProjectionBehind), default, Sequence.Zero);
        }
    }

    /// <summary>Reads one operation.</summary>
    public async ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken)
    {
        if (id.Partition != Journal.Partition
            || await Journal.ReadOperationAsync(id.Sequence, cancellationToken).ConfigureAwait(false) is not { } operation
            || operation.Entries[0].Account != account)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        if (await SettleAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        AccountRow row = await Projection.ReadAccountAsync(account, cancellationToken).ConfigureAwait(false);
        return new AccountOperation(
            id, OperationKind.Of(operation.Entries[0]), operation.RecordedAt, operation.Entries, id.Sequence <= row.FlushedThrough);
    }

    /// <summary>Reads a page of a history.</summary>
    public async ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        if (await SettleAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        AccountRow account = await Projection.ReadAccountAsync(query.Account, cancellationToken).ConfigureAwait(false);
        Sequence? before = query.IsArchive && !(query.Before <= account.FlushedThrough) ? account.FlushedThrough.Next : query.Before;
        List<AccountOperation> found = [];
        for (int scanned = 0; scanned < options.OperationsScannedMax; scanned += OperationsPerRead)
        {
            IReadOnlyList<OperationRow> rows = await ListAsync(query, before, OperationsPerRead, cancellationToken).ConfigureAwait(false);
            bool isLast = rows.Count < OperationsPerRead;
            int wanted = query.Payer is null ? Math.Min(rows.Count, query.CountMax) : rows.Count;
            foreach (OperationRow[] chunk in rows.Take(wanted).Chunk(OperationsPerJournalRead))
            {
                foreach (AccountOperation operation in await ReadAsync(chunk, account, cancellationToken).ConfigureAwait(false))
                {
                    before = operation.Id.Sequence;
                    if (query.Payer is null || operation.Entries.Any(entry => entry.Payer == query.Payer))
                    {
                        found.Add(operation);
                    }

                    if (found.Count == query.CountMax)
                    {
                        return new HistoryPage(found, isLast && before == rows[^1].First ? null : before);
                    }
                }
            }

            if (isLast)
            {
                return new HistoryPage(found, null);
            }
        }

        return new HistoryPage(found, before);
    }

    /// <summary>Reads a page of an account's open lots.</summary>
    public async ValueTask<Outcome<LotPage>> ReadLotsAsync(AccountId account, LotPlace? after, int countMax, CancellationToken cancellationToken)
    {
        ProbeAnswer settled = await SettleAtAsync(cancellationToken).ConfigureAwait(false);
        if (settled.Refusal is { } refusal)
        {
            return refusal;
        }

        LotQuery query = new(account, countMax + 1, settled.Time.DecidedAt) { After = after };
        LotRows rows = await Projection.ReadLotsAsync(query, cancellationToken).ConfigureAwait(false);
        return new LotPager(query, rows).ToPage(Journal.Partition, countMax) with { AsOf = settled.Time.RecordedAt };
    }

    /// <summary>Reads the balances of accounts that were found in the projection.</summary>
    /// <exception cref="ProjectionBehindException">One of them is not there any longer: the projection is being rebuilt.</exception>
    public async Task<AccountBalance[]> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, CommitTime time, CancellationToken cancellationToken)
    {
        IReadOnlyList<BalanceRows> rows = await Projection.ReadBalancesAsync(accounts, time.DecidedAt, cancellationToken).ConfigureAwait(false);
        if (rows.Count < accounts.Count)
        {
            ProjectionPosition position = await Projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
            throw new ProjectionBehindException(position.Last, position.Last.Next);
        }

        return [.. rows.Select(account => AccountBalance.Of(account, time))];
    }

    /// <summary>Reads the entries of an account in order, with when they were recorded.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="knownAt">Only those recorded up to then.</param>
    /// <param name="take">Takes the entries of one operation.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task ReplayAsync(AccountId account, Instant knownAt, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        Sequence after = Sequence.Zero;
        IReadOnlyList<OperationRow> rows;
        do
        {
            OperationQuery query = new(account, OperationsPerRead) { OldestFirst = true, After = after };
            rows = await Projection.ListOperationsAsync(query, cancellationToken).ConfigureAwait(false);
            List<OperationRow> known = [.. rows.TakeWhile(row => row.RecordedAt <= knownAt)];
            IReadOnlyList<Entry> entries = await Journal.ReadEntriesAsync(
                [.. known.Select(row => new EntryRange(row.First, row.Last))], cancellationToken).ConfigureAwait(false);
            int next = 0;
            foreach (OperationRow row in known)
            {
                for (; next < entries.Count && entries[next].Sequence <= row.Last; next++)
                {
                    take(entries[next], row.RecordedAt);
                }
            }

            if (known.Count < rows.Count || rows.Count == 0)
            {
                return;
            }

            after = rows[^1].First;
        }
        while (rows.Count == OperationsPerRead);
    }

    private ValueTask<IReadOnlyList<OperationRow>> ListAsync(HistoryQuery query, Sequence? before, int countMax, CancellationToken cancellationToken) =>
        Projection.ListOperationsAsync(
            new OperationQuery(query.Account, countMax)
            {
                Before = before,
                Kind = query.Kind,
                RecordedFrom = query.RecordedFrom,
                RecordedTo = query.RecordedTo,
            },
            cancellationToken);

    /// <summary>Reads operations, newest first as their rows, in one turn.</summary>
    private async ValueTask<List<AccountOperation>> ReadAsync(OperationRow[] rows, AccountRow account, CancellationToken cancellationToken)
    {
        ILookup<Sequence, Entry> entries = (await Journal.ReadEntriesAsync(
            [.. rows.Reverse().Select(row => new EntryRange(row.First, row.Last))], cancellationToken).ConfigureAwait(false)).ToLookup(entry => entry.Operation);
        return
        [
            .. rows.Select(row => new AccountOperation(
                new EntryId(Journal.Partition, row.First), row.Kind, row.RecordedAt, [.. entries[row.First]], row.First <= account.FlushedThrough)),
        ];
    }
}

using Pointbook.Engine.AccountStore;
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
    private const int OperationsPerRead = 100;

    private readonly StoredOperations _operations = new(stored.Journal, stored.Projection);

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
            // Who else gives up the wait is the partition, because it stops.
            RefusalCode code = tooLong.IsCancellationRequested ? RefusalCode.ProjectionBehind : RefusalCode.ShuttingDown;
            return new ProbeAnswer(new Refusal(code), default, Sequence.Zero);
        }
    }

    /// <summary>Tells the partition, wherever it runs, that the rows of an account were found damaged.</summary>
    public void ReportDamage(AccountDamagedException damage) => partition.ReportDamage(damage);

    /// <summary>Reads one operation.</summary>
    public async ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken)
    {
        if (id.Partition != Journal.Partition
            || await _operations.FindAsync(account, id.Sequence, 1, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        if (await SettleAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        AccountRow row = await Projection.ReadAccountAsync(account, cancellationToken).ConfigureAwait(false);
        return new AccountOperation(
            id, OperationKind.Of(found.Operation.FirstEntries[0]), found.RecordedAt, found.Operation, id.Sequence <= row.FlushedThrough);
    }

    /// <summary>Reads lines of one operation.</summary>
    public async ValueTask<Outcome<OperationLines>> ReadLinesAsync(
        AccountId account, EntryId id, long after, int countMax, CancellationToken cancellationToken)
    {
        // One more than asked for, because the first entry may not be a line.
        OperationPart? part = id.Partition != Journal.Partition
            ? null
            : await _operations.FindPartAsync(account, id.Sequence, after, countMax + 1, cancellationToken).ConfigureAwait(false);
        if (part is null)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        // What a read shows is durable, also on a standby.
        if (await SettleAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        int passed = part.Entries is [{ Payer: null }, ..] ? 1 : 0;
        IReadOnlyList<Entry> lines = [.. part.Entries.Skip(passed).Take(countMax)];
        long next = after + passed + lines.Count;
        return new OperationLines(Journal.Partition, lines, next < part.EntryCount ? next : null);
    }

    /// <summary>Reads a page of a history.</summary>
    public async ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        if (await SettleAsync(cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        AccountRow account = await Projection.ReadAccountAsync(query.Account, cancellationToken).ConfigureAwait(false);
        HistoryScan scan = new(query, options);
        Sequence? before = query.IsArchive && !(query.Before <= account.FlushedThrough) ? account.FlushedThrough.Next : query.Before;
        if (query is { RecordedTo: { } to, Before: null })
        {
            Sequence end = await FindFirstAtAsync(query.Account, to, cancellationToken).ConfigureAwait(false);
            before = end < before ? end : before ?? end;
        }

        while (!scan.IsAtEnd && !scan.IsFull)
        {
            // One more than wanted tells whether there are more.
            bool isFiltered = query.Payer is not null || query.Kind is not null;
            int countMax = scan.CountNext(isFiltered ? OperationsPerRead : Math.Min(OperationsPerRead, scan.Wanted + 1));
            OperationQuery list = new(query.Account, countMax) { Before = before };
            IReadOnlyList<OperationRow> rows = StoredOperations.Check(
                query.Account, await Projection.ListOperationsAsync(list, cancellationToken).ConfigureAwait(false));
            scan.Add(rows, hasMore: rows.Count == countMax);
            before = scan.Last ?? before;
        }

        return new HistoryPage(
            await ToOperationsAsync(scan.Found, account, query.Account, cancellationToken).ConfigureAwait(false), scan.IsAtEnd ? null : before);
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
        DueCheck.ThrowIfDamaged(account, rows);
        return new LotPager(query, rows).ToPage(Journal.Partition, countMax) with { AsOf = settled.Time.RecordedAt };
    }

    /// <summary>Reads the balances of accounts that were found in the projection. Damaged rows cost their own account only.</summary>
    /// <exception cref="ProjectionBehindException">One of them is not there any longer: the projection is being rebuilt.</exception>
    public async Task<ListedAccount[]> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, CommitTime time, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredBalance> rows = await Projection.ReadBalancesAsync(accounts, time.DecidedAt, cancellationToken).ConfigureAwait(false);
        if (rows.Count < accounts.Count)
        {
            // Where it stands may be read here only where others write as well, and nobody needs to know.
            throw new ProjectionBehindException();
        }

        return [.. rows.Select(account => ToListed(account, time))];
    }

    private static ListedAccount ToListed(StoredBalance stored, CommitTime time)
    {
        if (stored.Rows is not { } rows)
        {
            return new ListedAccount(stored.Account, null) { Damage = stored.Damage };
        }

        try
        {
            DueCheck.ThrowIfDamaged(rows);
            return new ListedAccount(stored.Account, AccountBalance.Of(rows, time));
        }
        catch (AccountDamagedException damage)
        {
            return new ListedAccount(stored.Account, null) { Damage = damage };
        }
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
            OperationQuery query = new(account, OperationsPerRead) { OldestFirst = true, After = after, WithPieces = true };
            rows = StoredOperations.Check(account, await Projection.ListOperationsAsync(query, cancellationToken).ConfigureAwait(false));
            List<OperationRow> known = [.. rows.TakeWhile(row => row.RecordedAt <= knownAt)];
            await _operations.ReadAllAsync(account, known, take, cancellationToken).ConfigureAwait(false);
            if (known.Count < rows.Count || rows.Count == 0)
            {
                return;
            }

            after = rows[^1].First;
        }
        while (rows.Count == OperationsPerRead);
    }

    /// <summary>Finds where the operations begin that were recorded at an instant or later. Times ascend with the journal, so it looks at few rows.</summary>
    /// <returns>A place behind all earlier operations of the account, and not behind any later one.</returns>
    private async ValueTask<Sequence> FindFirstAtAsync(AccountId account, Instant recordedAt, CancellationToken cancellationToken)
    {
        IReadOnlyList<OperationRow> newest = StoredOperations.Check(
            account, await Projection.ListOperationsAsync(new OperationQuery(account, 1), cancellationToken).ConfigureAwait(false));
        long low = 1;
        long high = newest.Count == 0 ? 1 : newest[0].First.Value + 1;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            OperationQuery next = new(account, 1) { OldestFirst = true, After = new Sequence(middle - 1) };
            IReadOnlyList<OperationRow> rows = StoredOperations.Check(
                account, await Projection.ListOperationsAsync(next, cancellationToken).ConfigureAwait(false));
            OperationRow? row = rows.Count == 0 ? null : rows[0];
            (low, high) = row is null || row.RecordedAt >= recordedAt ? (low, middle) : (row.First.Value + 1, high);
        }

        return new Sequence(high);
    }

    /// <summary>Reads the first entries of operations, which say what the rows do not.</summary>
    private async ValueTask<List<AccountOperation>> ToOperationsAsync(
        IReadOnlyCollection<OperationRow> rows, AccountRow account, AccountId key, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<Sequence, Entry> heads = await _operations.ReadHeadsAsync(key, rows, cancellationToken).ConfigureAwait(false);
        return
        [
            .. rows.Select(row => new AccountOperation(
                new EntryId(Journal.Partition, row.First),
                row.Kind,
                row.RecordedAt,
                new OperationOutline([heads[row.First]], row.EntryCount, row.Payers.ToSums()),
                row.First <= account.FlushedThrough)),
        ];
    }
}

using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Answers questions about the accounts of one partition from its account store, its read model and its journal. Thread-safe.</summary>
internal sealed partial class PartitionQueries(IPartition partition, StoredPartition stored, QueryOptions options, TimeProvider clock)
{
    private const int OperationsPerRead = 100;

    private readonly StoredOperations _operations = new(stored.Journal);

    /// <summary>The partition's journal.</summary>
    public IJournal Journal => stored.Journal;

    /// <summary>The partition's account store.</summary>
    public IAccountStore AccountStore => stored.AccountStore;

    /// <summary>Waits until the account store contains every write that any process acknowledged before the call.</summary>
    /// <returns>Why the wait failed, or null.</returns>
    public async ValueTask<Refusal?> SettleAsync(CancellationToken cancellationToken) =>
        (await SettleAtAsync(cancellationToken).ConfigureAwait(false)).Refusal;

    /// <summary>As <see cref="SettleAsync"/>, with the time: earlier answers have an earlier as-of time, and later writes of this process are recorded later.</summary>
    public async ValueTask<ProbeAnswer> SettleAtAsync(CancellationToken cancellationToken)
    {
        ProbeAnswer answer = await partition.ProbeAsync(cancellationToken).ConfigureAwait(false);
        return answer.Refusal is null ? await SettleAtAsync(answer, cancellationToken).ConfigureAwait(false) : answer;
    }

    /// <summary>Waits until the account store contains every entry that a probe reported.</summary>
    private ValueTask<ProbeAnswer> SettleAtAsync(ProbeAnswer answer, CancellationToken cancellationToken) =>
        SettleAtAsync(answer, partition.SettleAsync, cancellationToken);

    private async ValueTask<ProbeAnswer> SettleAtAsync(ProbeAnswer answer, Func<Sequence, CancellationToken, Task> settle, CancellationToken cancellationToken)
    {
        using CancellationTokenSource tooLong = new(options.WaitMax, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        try
        {
            await settle(answer.Through, either.Token).ConfigureAwait(false);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // If the time is not over, the partition ended the wait because it is stopping.
            RefusalCode code = tooLong.IsCancellationRequested ? RefusalCode.CatchingUp : RefusalCode.ShuttingDown;
            return new ProbeAnswer(new Refusal(code), default, Sequence.Zero);
        }
    }

    /// <summary>Reads tables that may be emptied and refilled meanwhile. The result contains every entry up to one.</summary>
    /// <exception cref="AccountStoreBehindException">The tables contain less, or were emptied meanwhile.</exception>
    public async Task<T> ReadStableAsync<T>(Sequence through, Func<IAccountStore, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        AccountStorePosition before = await AccountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfBehind(before.Last, through);
        T result = await read(AccountStore).ConfigureAwait(false);
        AccountStorePosition after = await AccountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfBehind(after.Resets == before.Resets ? after.Last : Sequence.Zero, through);
        return result;
    }

    private void ThrowIfBehind(Sequence position, Sequence through)
    {
        if (position < through)
        {
            // The process that emptied the tables may have ended, so this process helps to refill them.
            partition.ReportBehind();
            throw new AccountStoreBehindException(position, through);
        }
    }

    /// <summary>Has the partition, wherever it runs, check whether its account store is damaged as a whole.</summary>
    public void ReportStoreDamage() => partition.ReportBehind();

    /// <summary>Tells the partition, wherever it runs, that a query found damaged rows of an account.</summary>
    public void ReportDamage(AccountDamagedException damage) => partition.ReportDamage(damage);

    /// <summary>Reads one operation.</summary>
    public async ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken)
    {
        ProbeAnswer probed = await partition.ProbeAsync(cancellationToken).ConfigureAwait(false);
        if (probed.Refusal is not null)
        {
            return probed.Refusal;
        }

        if (id.Partition != Journal.Partition
            || await _operations.FindAsync(account, id.Sequence, 1, probed.Through, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        // A read must show only durable entries, also on a standby. Entries up to the probe's head are durable.
        ProbeAnswer settled = id.Sequence > probed.Through
            ? await SettleAtAsync(cancellationToken).ConfigureAwait(false)
            : await SettleAtAsync(probed, cancellationToken).ConfigureAwait(false);
        if (settled.Refusal is not null)
        {
            return settled.Refusal;
        }

        AccountRow row = (await ListAsync(new OperationQuery(account, 1), settled.Through, cancellationToken).ConfigureAwait(false)).Account;
        if (found.Operation.FirstEntries[0].AccountOpening != row.Opening)
        {
            // The operation belongs to an erased account that had the same key.
            return new Refusal(RefusalCode.OperationNotFound);
        }

        return new AccountOperation(
            id, OperationKind.Of(found.Operation.FirstEntries[0]), found.RecordedAt, found.Operation, id.Sequence <= row.FlushedThrough);
    }

    /// <summary>Reads lines of one operation.</summary>
    public async ValueTask<Outcome<OperationLines>> ReadLinesAsync(
        AccountId account, EntryId id, long after, int countMax, CancellationToken cancellationToken)
    {
        ProbeAnswer probed = await partition.ProbeAsync(cancellationToken).ConfigureAwait(false);
        if (probed.Refusal is not null)
        {
            return probed.Refusal;
        }

        // One more than requested, because the first entry may not be a line.
        OperationPart? part = id.Partition != Journal.Partition
            ? null
            : await _operations.FindPartAsync(account, id.Sequence, after, countMax + 1, probed.Through, cancellationToken).ConfigureAwait(false);
        if (part is null)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        // A read must show only durable entries, also on a standby. Entries up to the probe's head are durable.
        ProbeAnswer settled = id.Sequence > probed.Through
            ? await SettleAtAsync(cancellationToken).ConfigureAwait(false)
            : await SettleAtAsync(probed, cancellationToken).ConfigureAwait(false);
        if (settled.Refusal is not null)
        {
            return settled.Refusal;
        }

        AccountRow row = (await ListAsync(new OperationQuery(account, 1), settled.Through, cancellationToken).ConfigureAwait(false)).Account;
        if (part.Opening != row.Opening)
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

        int passed = part.Entries is [{ } first, ..] && !OperationOutline.IsLine(first) ? 1 : 0;
        IReadOnlyList<Entry> lines = [.. part.Entries.Skip(passed).Take(countMax)];
        long next = after + passed + lines.Count;
        return new OperationLines(Journal.Partition, lines, next < part.EntryCount ? next : null);
    }

    /// <summary>Reads a page of a history.</summary>
    public async ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        ProbeAnswer settled = await SettleAtAsync(cancellationToken).ConfigureAwait(false);
        if (settled.Refusal is { } refusal)
        {
            return refusal;
        }

        Sequence through = settled.Through;
        AccountRow account = (await ListAsync(new OperationQuery(query.Account, 1), through, cancellationToken).ConfigureAwait(false)).Account;
        HistoryScan scan = new(query, options);
        Sequence? before = query.IsArchive && !(query.Before <= account.FlushedThrough) ? account.FlushedThrough.Next : query.Before;
        if (query is { RecordedTo: { } to, Before: null })
        {
            Sequence end = await FindFirstAtAsync(query.Account, to, through, cancellationToken).ConfigureAwait(false);
            before = end < before ? end : before ?? end;
        }

        OperationChain chain = new(query.Account, Journal.Partition);
        ChainPlace? place = null;
        while (!scan.IsAtEnd && !scan.IsFull)
        {
            // One more than wanted shows whether more operations follow.
            bool isFiltered = query.Payer is not null || query.Kind is not null;
            int countMax = scan.CountNext(isFiltered ? OperationsPerRead : Math.Min(OperationsPerRead, scan.Wanted + 1));
            OperationQuery list = new(query.Account, countMax) { Before = before };
            OperationPage page = await ListAsync(list, through, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<Sequence> wanted = isFiltered ? page.Operations : [.. page.Operations.Take(scan.Wanted)];
            IReadOnlyList<OperationHead> operations =
                await _operations.ReadHeadsAsync(query.Account, wanted, through, withSums: true, cancellationToken).ConfigureAwait(false);
            place ??= await FindPlaceAsync(query.Account, page, through, cancellationToken).ConfigureAwait(false);
            Sequence? next = wanted.Count < page.Operations.Count ? page.Operations[wanted.Count] : page.Operations.Count < countMax ? Sequence.Zero : null;
            place = chain.CheckNewestFirst(place.Value, operations, next);
            scan.Add(operations, hasMore: next != Sequence.Zero);
            before = scan.Last ?? before;
        }

        return new HistoryPage([.. scan.Found.Select(operation => ToOperation(operation, account))], scan.IsAtEnd ? null : before);
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
        LotRows rows = await AccountStore.ReadLotsAsync(query, cancellationToken).ConfigureAwait(false);
        ThrowIfBehind(rows.Position, settled.Through);
        DueCheck.ThrowIfDamaged(account, rows);
        return new LotPager(query, rows).ToPage(Journal.Partition, countMax) with { AsOf = settled.Time.RecordedAt };
    }

    /// <summary>Reads the balances of accounts that the account store listed. Damaged rows affect only their own account.</summary>
    /// <exception cref="AccountStoreBehindException">The account store no longer has one of them, because it is being rebuilt.</exception>
    public async Task<ListedAccount[]> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, ProbeAnswer settled, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredBalance> rows = await ReadStableAsync(
            settled.Through, accountStore => accountStore.ReadBalancesAsync(accounts, settled.Time.DecidedAt, cancellationToken), cancellationToken).ConfigureAwait(false);
        ThrowIfBehind(rows.Count < accounts.Count ? Sequence.Zero : settled.Through, settled.Through);
        return [.. rows.Select(account => ToListed(account, settled.Time))];
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

    /// <summary>Reads the entries of an account in order, with their times of recording.</summary>
    /// <param name="account">The account.</param>
    /// <param name="knownAt">Only entries recorded by this instant are read.</param>
    /// <param name="through">The tables must contain every entry up to this one.</param>
    /// <param name="take">Receives each entry, with its recordedAt.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="AccountStoreBehindException">The tables contain less.</exception>
    public async Task ReplayAsync(AccountId account, Instant knownAt, Sequence through, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        OperationChain chain = new(account, Journal.Partition);
        Sequence last = Sequence.Zero;
        IReadOnlyList<OperationHead> operations;
        do
        {
            OperationQuery query = new(account, OperationsPerRead) { OldestFirst = true, After = last };
            OperationPage page = await ListAsync(query, through, cancellationToken).ConfigureAwait(false);
            operations = await _operations.ReadHeadsAsync(account, page.Operations, through, withSums: false, cancellationToken).ConfigureAwait(false);
            last = chain.CheckOldestFirst(last, operations, operations.Count < OperationsPerRead ? page.Account.LastOperation : null);
            List<OperationHead> known = [.. operations.TakeWhile(operation => operation.Time.RecordedAt <= knownAt)];
            await _operations.ReadAllAsync(known, take, cancellationToken).ConfigureAwait(false);
            if (known.Count < operations.Count)
            {
                return;
            }
        }
        while (operations.Count == OperationsPerRead);
    }

    /// <summary>Lists operations. It throws if another process has emptied the tables, so that no caller gets an incomplete list.</summary>
    /// <exception cref="AccountStoreBehindException">The tables lack entries up to the required one.</exception>
    private async ValueTask<OperationPage> ListAsync(OperationQuery query, Sequence through, CancellationToken cancellationToken)
    {
        OperationPage page = await AccountStore.ListOperationsAsync(query, cancellationToken).ConfigureAwait(false);
        ThrowIfBehind(page.Position, through);
        return page;
    }

    /// <summary>Finds the operation that a page must begin with: the account's last one, or the one before the next newer operation.</summary>
    private async ValueTask<ChainPlace> FindPlaceAsync(AccountId account, OperationPage page, Sequence through, CancellationToken cancellationToken)
    {
        if (page.Following is not { } following)
        {
            return new ChainPlace(page.Account.LastOperation, Balance: null);
        }

        Entry first = (await _operations.ReadHeadsAsync(account, [following], through, withSums: false, cancellationToken).ConfigureAwait(false))[0].First;
        return new ChainPlace(first.PreviousOperation, first.BalanceBefore);
    }

    /// <summary>Finds the first operations recorded at an instant or later. Times ascend with the journal, so a binary search suffices.</summary>
    /// <returns>A sequence after all earlier operations of the account, and not after any later one.</returns>
    private async ValueTask<Sequence> FindFirstAtAsync(AccountId account, Instant recordedAt, Sequence through, CancellationToken cancellationToken)
    {
        OperationPage newest = await ListAsync(new OperationQuery(account, 1), through, cancellationToken).ConfigureAwait(false);
        long low = 1;
        long high = newest.Operations.Count == 0 ? 1 : newest.Operations[0].Value + 1;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            OperationQuery next = new(account, 1) { OldestFirst = true, After = new Sequence(middle - 1) };
            OperationPage page = await ListAsync(next, through, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<OperationHead> found =
                await _operations.ReadHeadsAsync(account, page.Operations, through, withSums: false, cancellationToken).ConfigureAwait(false);
            (low, high) = found is not [var operation] || operation.Time.RecordedAt >= recordedAt ? (low, middle) : (operation.First.Sequence.Value + 1, high);
        }

        return new Sequence(high);
    }

    private AccountOperation ToOperation(OperationHead head, AccountRow account) => new(
        new EntryId(Journal.Partition, head.First.Sequence),
        head.Kind,
        head.Time.RecordedAt,
        new OperationOutline([head.First], head.EntryCount, head.Payers),
        head.First.Sequence <= account.FlushedThrough);
}

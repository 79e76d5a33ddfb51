using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Reads operations of one partition, and only the requested parts. It returns only data checked with the seals of the commits. Thread-safe.</summary>
/// <param name="journal">The journal.</param>
/// <param name="unstored">Finds the commit that contains an entry among the checked commits in memory; null if no commits are in memory.</param>
internal sealed class StoredOperations(IJournal journal, Func<Sequence, Commit?>? unstored = null)
{
    // A multiple of the block size, so that few blocks are read twice.
    private const int EntriesPerRead = 32 * CommitBody.EntriesPerBlock;

    /// <summary>Finds an operation that is in memory because it is not in the account store yet.</summary>
    /// <param name="account">The account.</param>
    /// <param name="first">Its first entry.</param>
    /// <param name="entriesMax">The most entries in the outline, at least 1.</param>
    /// <returns>The operation; null if the caller must read it from the journal, or if it does not exist.</returns>
    public RecordedOperation? FindUnstored(AccountId account, Sequence first, int entriesMax) =>
        unstored?.Invoke(first) is { } commit && EntriesOf(commit, account, first) is { } entries
            ? new RecordedOperation(commit.Time, OperationOutline.Of(entries, entriesMax))
            : null;

    /// <summary>Reads the beginning of one operation.</summary>
    /// <param name="account">The account.</param>
    /// <param name="first">Its first entry.</param>
    /// <param name="entriesMax">The most entries to read, at least 1.</param>
    /// <param name="known">The journal must contain this entry and all before it.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>The operation, or null if no operation of the account begins at this entry.</returns>
    /// <exception cref="JournalDamagedException">The journal has lost the entry, or the commit was changed.</exception>
    public async ValueTask<RecordedOperation?> FindAsync(
        AccountId account, Sequence first, int entriesMax, Sequence known, CancellationToken cancellationToken)
    {
        if (await FindHeadAsync(account, first, known, cancellationToken).ConfigureAwait(false) is not { } head)
        {
            return null;
        }

        IReadOnlyList<Entry> entries = await ReadAsync(head, 0, Math.Min(entriesMax, head.EntryCount), cancellationToken).ConfigureAwait(false);
        return new RecordedOperation(head.Time, new OperationOutline(entries, head.EntryCount, head.Payers));
    }

    /// <summary>Reads some entries of one operation.</summary>
    /// <param name="account">The account.</param>
    /// <param name="first">Its first entry.</param>
    /// <param name="skip">How many of its entries to skip.</param>
    /// <param name="countMax">The most entries to read, at least 1.</param>
    /// <param name="known">The journal must contain this entry and all before it.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>The entries and their total number, or null if no operation of the account begins at this entry.</returns>
    /// <exception cref="JournalDamagedException">The journal has lost some of the entries, or a commit was changed.</exception>
    public async ValueTask<OperationPart?> FindPartAsync(
        AccountId account, Sequence first, long skip, int countMax, Sequence known, CancellationToken cancellationToken)
    {
        if (await FindHeadAsync(account, first, known, cancellationToken).ConfigureAwait(false) is not { } head)
        {
            return null;
        }

        int start = (int)Math.Min(skip, head.EntryCount);
        int count = Math.Min(countMax, head.EntryCount - start);
        return new OperationPart(await ReadAsync(head, start, count, cancellationToken).ConfigureAwait(false), head.EntryCount, head.First.AccountOpening);
    }

    /// <summary>Reads the heads of operations.</summary>
    /// <param name="account">The account.</param>
    /// <param name="operations">Their first entries, in the order of a list.</param>
    /// <param name="known">The journal must contain this entry and all before it.</param>
    /// <param name="withSums">Whether the heads include their sums.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>The heads, in the same order.</returns>
    /// <exception cref="AccountDamagedException">One of them is not an operation of the account.</exception>
    /// <exception cref="AccountStoreBehindException">The account was erased meanwhile.</exception>
    /// <exception cref="JournalDamagedException">The journal has lost one of them, or a commit was changed.</exception>
    public async ValueTask<IReadOnlyList<OperationHead>> ReadHeadsAsync(
        AccountId account, IReadOnlyList<Sequence> operations, Sequence known, bool withSums, CancellationToken cancellationToken)
    {
        Dictionary<Sequence, OperationHead> found = (await journal.ReadOperationsAsync([.. operations.Order()], withSums, cancellationToken).ConfigureAwait(false))
            .ToDictionary(head => head.First.Sequence);
        List<OperationHead> heads = new(operations.Count);
        foreach (Sequence operation in operations)
        {
            if (!found.TryGetValue(operation, out OperationHead? head))
            {
                await ThrowIfLostAsync(operation, known, cancellationToken).ConfigureAwait(false);
            }

            if (head?.First.Account.IsErased == true)
            {
                // The account was erased after the query listed its operations.
                throw new AccountStoreBehindException(known, operation);
            }

            heads.Add(head?.First.Account == account ? head : throw new AccountDamagedException(account, $"entry {operation} is listed as an operation of the account"));
        }

        return heads;
    }

    /// <summary>Reads all entries of operations, a bounded number at a time.</summary>
    /// <param name="operations">The heads of the operations, in ascending order.</param>
    /// <param name="take">Receives each entry, with its recordedAt.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async ValueTask ReadAllAsync(IEnumerable<OperationHead> operations, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        List<OperationHead> together = [];
        int gathered = 0;
        foreach (OperationHead operation in operations)
        {
            if (gathered + operation.EntryCount > EntriesPerRead && gathered > 0)
            {
                await ReadTogetherAsync(together, take, cancellationToken).ConfigureAwait(false);
                together.Clear();
                gathered = 0;
            }

            if (operation.EntryCount > EntriesPerRead)
            {
                await ReadInPartsAsync(operation, take, cancellationToken).ConfigureAwait(false);
                continue;
            }

            together.Add(operation);
            gathered += operation.EntryCount;
        }

        await ReadTogetherAsync(together, take, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether an operation belongs to an erased account.</summary>
    public async ValueTask<bool> IsErasedAsync(Sequence first, CancellationToken cancellationToken) =>
        await journal.ReadOperationsAsync([first], withSums: false, cancellationToken).ConfigureAwait(false) is [{ First.Account.IsErased: true }];

    private async ValueTask<OperationHead?> FindHeadAsync(AccountId account, Sequence first, Sequence known, CancellationToken cancellationToken)
    {
        if (first == Sequence.Zero)
        {
            return null;
        }

        if (await journal.ReadOperationsAsync([first], withSums: true, cancellationToken).ConfigureAwait(false) is [var head])
        {
            return head.First.Account == account ? head : null;
        }

        await ThrowIfLostAsync(first, known, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Throws if the journal lacks an entry that it must contain.</summary>
    private async ValueTask ThrowIfLostAsync(Sequence entry, Sequence known, CancellationToken cancellationToken)
    {
        // The end of the journal may itself be lost.
        JournalHead head = await journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        if ((entry <= known || entry <= head.Last) && (await journal.ReadEntriesAsync([new EntryRange(entry, entry)], cancellationToken).ConfigureAwait(false)).Count == 0)
        {
            throw Lost(entry, entry);
        }
    }

    private JournalDamagedException Lost(Sequence first, Sequence last) =>
        new(journal.Partition, $"The journal of partition {journal.Partition} has lost some of the entries {first} to {last}.") { First = first, Last = last };

    /// <summary>The entries of the account's operation that begins at an entry of a commit; null if there is none.</summary>
    private static List<Entry>? EntriesOf(Commit commit, AccountId account, Sequence first)
    {
        int start = (int)(first.Value - commit.First.Value);
        return commit.Entries[start].Account == account && commit.Entries[start].IsFirst
            ? [.. commit.Entries.Skip(start).TakeWhile(entry => entry.Operation == first)]
            : null;
    }

    /// <summary>Reads a part of an operation. The head already contains the first entry.</summary>
    private async ValueTask<IReadOnlyList<Entry>> ReadAsync(OperationHead head, int start, int count, CancellationToken cancellationToken)
    {
        if (start == 0 && count == 1)
        {
            return [head.First];
        }

        return count == 0 ? [] : Own(
            head,
            new EntryRange(head.First.Sequence.Plus(start), head.First.Sequence.Plus(start + count - 1)),
            await journal.ReadEntriesAsync(
                [new EntryRange(head.First.Sequence.Plus(start), head.First.Sequence.Plus(start + count - 1))], cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask ReadTogetherAsync(List<OperationHead> operations, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        IReadOnlyList<Entry> entries = await journal.ReadEntriesAsync(
            [.. operations.Where(operation => operation.EntryCount > 1).Select(operation => new EntryRange(operation.First.Sequence.Next, operation.Last))],
            cancellationToken).ConfigureAwait(false);
        int next = 0;
        foreach (OperationHead operation in operations)
        {
            take(operation.First, operation.Time.RecordedAt);
            int count = Math.Min(operation.EntryCount - 1, entries.Count - next);
            foreach (Entry entry in Own(operation, new EntryRange(operation.First.Sequence.Next, operation.Last), [.. entries.Skip(next).Take(count)]))
            {
                take(entry, operation.Time.RecordedAt);
            }

            next += count;
        }
    }

    private async ValueTask ReadInPartsAsync(OperationHead operation, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        for (int start = 0, count; start < operation.EntryCount; start += count)
        {
            count = Math.Min(EntriesPerRead, operation.EntryCount - start);
            foreach (Entry entry in await ReadAsync(operation, start, count, cancellationToken).ConfigureAwait(false))
            {
                take(entry, operation.Time.RecordedAt);
            }
        }
    }

    /// <summary>Checks that the entries are a part of an operation. Blocks match their seals, so a mismatch means that commits are missing or out of order.</summary>
    private IReadOnlyList<Entry> Own(OperationHead operation, EntryRange range, IReadOnlyList<Entry> entries) =>
        entries.Count == range.Last.Value - range.First.Value + 1 && entries.All(entry => entry.Operation == operation.First.Sequence)
            ? entries
            : throw Lost(range.First, range.Last);
}

/// <summary>A part of an operation. Immutable.</summary>
/// <param name="Entries">The requested entries.</param>
/// <param name="EntryCount">How many entries the operation has.</param>
/// <param name="Opening">The first entry of the account.</param>
internal sealed record OperationPart(IReadOnlyList<Entry> Entries, int EntryCount, Sequence Opening);

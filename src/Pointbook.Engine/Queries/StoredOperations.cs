using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Reads operations of one partition, and no more of them than is asked for. What it returns was checked. Thread-safe.</summary>
/// <remarks>
/// An operation that is projected is checked with the checksums of its row, which the projector took from a sealed commit. One that is not
/// projected yet is checked with the seal of its commit.
/// </remarks>
/// <param name="journal">The journal.</param>
/// <param name="projection">The projection.</param>
/// <param name="unprojected">Finds the commit that has an entry among those in memory, which were checked; null if none are.</param>
internal sealed class StoredOperations(IJournal journal, IProjection projection, Func<Sequence, Commit?>? unprojected = null)
{
    // A multiple of the entries of a piece, so that no piece is read twice.
    private const int EntriesPerRead = 32 * PieceChecks.EntriesPerPiece;

    private readonly CommitReads _commits = new(journal);

    /// <summary>Finds an operation in memory: it is not projected yet.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="first">Its first entry.</param>
    /// <param name="entriesMax">How many of its entries the outline has at most, at least 1.</param>
    /// <returns>The operation; null if it must be read, or if there is none.</returns>
    public RecordedOperation? FindUnprojected(AccountId account, Sequence first, int entriesMax) =>
        unprojected?.Invoke(first) is { } commit && EntriesOf(commit, account, first) is { } entries
            ? new RecordedOperation(commit.Time, OperationOutline.Of(entries, entriesMax))
            : null;

    /// <summary>Reads the beginning of one operation.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="first">Its first entry.</param>
    /// <param name="entriesMax">How many of its entries to read at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The operation, or null if no operation of the account begins there.</returns>
    public async ValueTask<RecordedOperation?> FindAsync(AccountId account, Sequence first, int entriesMax, CancellationToken cancellationToken)
    {
        if (await FindRowAsync(account, first, cancellationToken).ConfigureAwait(false) is { } row)
        {
            IReadOnlyList<Entry> entries = await ReadAsync(account, row, 0, Math.Min(entriesMax, row.EntryCount), cancellationToken).ConfigureAwait(false);
            return new RecordedOperation(row.Time, new OperationOutline(entries, row.EntryCount, row.Payers.ToSums()));
        }

        return await FindUnprojectedAsync(account, first, cancellationToken).ConfigureAwait(false) is { } found
            ? new RecordedOperation(found.Time, OperationOutline.Of(found.Entries, entriesMax))
            : null;
    }

    /// <summary>Reads some entries of one operation.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="first">Its first entry.</param>
    /// <param name="skip">How many of its entries to pass over.</param>
    /// <param name="countMax">How many to read at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The entries and how many there are in all, or null if no operation of the account begins there.</returns>
    public async ValueTask<OperationPart?> FindPartAsync(AccountId account, Sequence first, long skip, int countMax, CancellationToken cancellationToken)
    {
        if (await FindRowAsync(account, first, cancellationToken).ConfigureAwait(false) is { } row)
        {
            int start = (int)Math.Min(skip, row.EntryCount);
            int count = Math.Min(countMax, row.EntryCount - start);
            return new OperationPart(await ReadAsync(account, row, start, count, cancellationToken).ConfigureAwait(false), row.EntryCount);
        }

        return await FindUnprojectedAsync(account, first, cancellationToken).ConfigureAwait(false) is { } found
            ? new OperationPart([.. found.Entries.Skip((int)Math.Min(skip, found.Entries.Count)).Take(countMax)], found.Entries.Count)
            : null;
    }

    /// <summary>Reads the first entries of operations, in one turn.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="rows">Their rows, which were checked.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<IReadOnlyDictionary<Sequence, Entry>> ReadHeadsAsync(
        AccountId account, IReadOnlyCollection<OperationRow> rows, CancellationToken cancellationToken)
    {
        OperationHasher hasher = new();
        Dictionary<Sequence, Entry> heads = (await journal.ReadEntriesAsync(
            [.. rows.Select(row => row.First).Order().Select(first => new EntryRange(first, first))], cancellationToken).ConfigureAwait(false))
            .ToDictionary(entry => entry.Sequence);
        foreach (OperationRow row in rows)
        {
            if (!heads.TryGetValue(row.First, out Entry? head) || hasher.HashEntry(head) != row.Check.Head)
            {
                throw await FindFaultAsync(account, row.First, cancellationToken).ConfigureAwait(false);
            }
        }

        return heads;
    }

    /// <summary>Reads all entries of operations, a bounded number at a time.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="rows">Their rows with the checksums of pieces, ascending.</param>
    /// <param name="take">Takes each entry, with when it was recorded.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask ReadAllAsync(
        AccountId account, IReadOnlyList<OperationRow> rows, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        List<OperationRow> together = [];
        int gathered = 0;
        foreach (OperationRow row in rows)
        {
            if (gathered + row.EntryCount > EntriesPerRead && gathered > 0)
            {
                await ReadTogetherAsync(account, together, take, cancellationToken).ConfigureAwait(false);
                together.Clear();
                gathered = 0;
            }

            if (row.EntryCount > EntriesPerRead)
            {
                await ReadInPartsAsync(account, row, take, cancellationToken).ConfigureAwait(false);
                continue;
            }

            together.Add(row);
            gathered += row.EntryCount;
        }

        await ReadTogetherAsync(account, together, take, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks the rows that a list of an account has.</summary>
    /// <exception cref="AccountDamagedException">A row is not what was stored.</exception>
    public static IReadOnlyList<OperationRow> Check(AccountId account, IReadOnlyList<OperationRow> rows)
    {
        OperationHasher hasher = new();
        foreach (OperationRow row in rows)
        {
            if (hasher.HashRow(account, OperationSummary.Of(row)) != row.Check.Row)
            {
                throw DamagedRow(account, row.First);
            }
        }

        return rows;
    }

    private async ValueTask<OperationRow?> FindRowAsync(AccountId account, Sequence first, CancellationToken cancellationToken)
    {
        if (first == Sequence.Zero)
        {
            return null;
        }

        OperationQuery query = new(account, 1) { After = new Sequence(first.Value - 1), Before = Next(first), WithPieces = true };
        IReadOnlyList<OperationRow> rows = Check(account, await projection.ListOperationsAsync(query, cancellationToken).ConfigureAwait(false));
        return rows.Count == 0 ? null : rows[0];
    }

    // Nothing comes after the last sequence there can be, and null asks for no bound.
    private static Sequence? Next(Sequence sequence) => sequence.Value == long.MaxValue ? null : sequence.Next;

    /// <summary>Reads an operation that has no row: it is not projected yet, or the projection is being rebuilt.</summary>
    private async ValueTask<(CommitTime Time, IReadOnlyList<Entry> Entries)?> FindUnprojectedAsync(
        AccountId account, Sequence first, CancellationToken cancellationToken)
    {
        // Whoever asks for what is not there costs one entry and not a commit.
        if (first == Sequence.Zero
            || await journal.ReadEntriesAsync([new EntryRange(first, first)], cancellationToken).ConfigureAwait(false) is not [var head]
            || head.Account != account || !head.IsFirst
            || await _commits.ReadAsync(first, cancellationToken).ConfigureAwait(false) is not { } commit
            || EntriesOf(commit, account, first) is not { } entries)
        {
            return null;
        }

        return (commit.Time, entries);
    }

    /// <summary>The entries of the operation of an account that begins at an entry of a commit; null if none does.</summary>
    private static List<Entry>? EntriesOf(Commit commit, AccountId account, Sequence first)
    {
        int start = (int)(first.Value - commit.First.Value);
        return commit.Entries[start].Account == account && commit.Entries[start].IsFirst
            ? [.. commit.Entries.Skip(start).TakeWhile(entry => entry.Operation == first)]
            : null;
    }

    /// <summary>Reads a part of an operation that is projected, and of the journal no more than the pieces of that part.</summary>
    private async ValueTask<IReadOnlyList<Entry>> ReadAsync(
        AccountId account, OperationRow row, int start, int count, CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            return [];
        }

        int from = PieceStart(start);
        int end = Math.Min(row.EntryCount, PieceStart(start + count - 1) + PieceLength(start + count - 1));
        IReadOnlyList<Entry> entries = await journal.ReadEntriesAsync(
            [new EntryRange(row.First.Plus(from), row.First.Plus(end - 1))], cancellationToken).ConfigureAwait(false);
        return entries.Count == end - from && Matches(new OperationHasher(), row, from, entries)
            ? new ArraySegment<Entry>([.. entries], start - from, count)
            : throw await FindFaultAsync(account, row.First, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ReadTogetherAsync(
        AccountId account, List<OperationRow> rows, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        IReadOnlyList<Entry> entries = await journal.ReadEntriesAsync(
            [.. rows.Select(row => new EntryRange(row.First, row.Last))], cancellationToken).ConfigureAwait(false);
        OperationHasher hasher = new();
        int next = 0;
        foreach (OperationRow row in rows)
        {
            List<Entry> own = [.. entries.Skip(next).TakeWhile(entry => entry.Sequence <= row.Last)];
            if (own.Count != row.EntryCount || !Matches(hasher, row, 0, own))
            {
                throw await FindFaultAsync(account, row.First, cancellationToken).ConfigureAwait(false);
            }

            own.ForEach(entry => take(entry, row.RecordedAt));
            next += own.Count;
        }
    }

    private async ValueTask ReadInPartsAsync(AccountId account, OperationRow row, Action<Entry, Instant> take, CancellationToken cancellationToken)
    {
        // The first entry is a separate piece.
        for (int start = 0, count = 1; start < row.EntryCount; start += count, count = Math.Min(EntriesPerRead, row.EntryCount - start))
        {
            foreach (Entry entry in await ReadAsync(account, row, start, count, cancellationToken).ConfigureAwait(false))
            {
                take(entry, row.RecordedAt);
            }
        }
    }

    /// <summary>Whether whole pieces of an operation are what was projected.</summary>
    private static bool Matches(OperationHasher hasher, OperationRow row, int start, IReadOnlyList<Entry> entries)
    {
        int next = 0;
        if (start == 0)
        {
            if (entries[next++] is var head && (head.Sequence != row.First || hasher.HashEntry(head) != row.Check.Head))
            {
                return false;
            }
        }

        while (next < entries.Count)
        {
            int piece = (start + next - 1) / PieceChecks.EntriesPerPiece;
            int end = Math.Min(entries.Count, next + PieceChecks.EntriesPerPiece);
            for (; next < end; next++)
            {
                hasher.Append(entries[next]);
            }

            if (!(piece < row.Pieces?.Count) || hasher.TakeHash() != row.Pieces[piece])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Finds out why an operation and its checksums do not match: the journal is damaged, or the projection is.</summary>
    private async ValueTask<Exception> FindFaultAsync(AccountId account, Sequence first, CancellationToken cancellationToken)
    {
        Commit? commit = await JournalVerification.ReadCommitOfAsync(journal, first, cancellationToken).ConfigureAwait(false);
        return commit is null
            ? new JournalDamagedException(journal.Partition, $"The journal of partition {journal.Partition} had entry {first} and has lost it.") { First = first, Last = first }
            : DamagedRow(account, first);
    }

    private static AccountDamagedException DamagedRow(AccountId account, Sequence first) =>
        new(account, $"the row of the operation at entry {first} is not what was stored");

    private static int PieceStart(int index) => index == 0 ? 0 : ((index - 1) / PieceChecks.EntriesPerPiece * PieceChecks.EntriesPerPiece) + 1;

    private static int PieceLength(int index) => index == 0 ? 1 : PieceChecks.EntriesPerPiece;
}

/// <summary>A part of an operation. Immutable.</summary>
/// <param name="Entries">The entries that were asked for.</param>
/// <param name="EntryCount">How many entries the operation has.</param>
internal sealed record OperationPart(IReadOnlyList<Entry> Entries, int EntryCount);

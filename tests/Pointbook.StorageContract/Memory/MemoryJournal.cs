using System.Runtime.CompilerServices;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Memory;

/// <summary>A journal in memory. Thread-safe, so that several partitions may share one. Disposing of it keeps its commits.</summary>
public sealed class MemoryJournal(TimeProvider clock, int partition = 0) : IJournal
{
    private readonly Lock _lock = new();
    private readonly List<Commit> _commits = [];
    private readonly NameScope _names = new();

    /// <inheritdoc/>
    public int Partition => partition;

    /// <inheritdoc/>
    public bool IsShared { get; set; }

    /// <summary>
    /// How far the decision time of a commit may be from the clock at its append, in both directions. With the real clock it
    /// is an hour, because no test waits for that clock and the machine may be busy.
    /// </summary>
    public TimeSpan SkewMax { get; set; } = clock == TimeProvider.System ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(5);

    /// <summary>Whether every change of texts fails.</summary>
    public bool RefusesTextChanges { get; set; }

    /// <summary>All commits that were appended so far.</summary>
    public IReadOnlyList<Commit> Commits
    {
        get
        {
            lock (_lock)
            {
                return [.. _commits];
            }
        }
    }

    /// <summary>Keeps this many commits and drops the rest, as restoring a backup does.</summary>
    public void Truncate(int commits)
    {
        lock (_lock)
        {
            _commits.RemoveRange(commits, _commits.Count - commits);
        }
    }

    /// <summary>Changes the points of an entry without the knowledge of any partition.</summary>
    public void Damage(Sequence sequence)
    {
        lock (_lock)
        {
            int index = _commits.FindIndex(commit => commit.First <= sequence && sequence <= commit.Last);
            _commits[index] = _commits[index].WithEntries(
                [.. _commits[index].Entries.Select(entry => entry.Sequence == sequence ? ForgedCommits.WithOnePointMore(entry) : entry)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new ValueTask<JournalHead>(Head());
        }
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            Instant now = Instant.FromDateTimeOffset(clock.GetUtcNow());
            if (commit.DecidedAt < now.PlusClamped(-SkewMax) || commit.DecidedAt > now.PlusClamped(SkewMax))
            {
                return new ValueTask<AppendResult>(commit.DecidedAt < now ? AppendResult.Late : AppendResult.Early);
            }

            JournalHead head = Head();
            if (head.Last.Next != commit.First || head.Seal != commit.PreviousSeal)
            {
                return new ValueTask<AppendResult>(AppendResult.Fenced);
            }

            // The caller owns its list and may use it again for the next batch.
            bool isKnown = commit.Format == CommitSeal.FormatNewest;
            _commits.Add(isKnown ? Commit.FromStored(commit.ToHeader(), commit.Bytes, _names) : commit);
            return new ValueTask<AppendResult>(AppendResult.Appended);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (FindCommit(after.Next) is { } commit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return commit;
            after = commit.Last;
        }

        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<Entry> entries = [];
        foreach (EntryRange range in ranges)
        {
            for (Sequence next = range.First; next <= range.Last; next = next.Next)
            {
                if (FindChecked(next) is not { } commit)
                {
                    break;
                }

                entries.Add(commit.Entries[(int)(next.Value - commit.First.Value)]);
            }
        }

        return new ValueTask<IReadOnlyList<Entry>>(entries);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<OperationHead> heads = [];
        foreach (Sequence operation in operations)
        {
            if (FindChecked(operation) is { } commit && commit.Entries[(int)(operation.Value - commit.First.Value)] is { IsFirst: true } first)
            {
                Entry[] entries = [.. commit.Entries.Where(entry => entry.Operation == operation)];
                heads.Add(new OperationHead(first, entries.Length, withSums ? OperationOutline.Of(entries, 1).Payers : [], commit.Time));
            }
        }

        return new ValueTask<IReadOnlyList<OperationHead>>(heads);
    }

    /// <inheritdoc/>
    public ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new ValueTask<Guid?>(_commits.Find(commit => commit.First <= entry && entry <= commit.Last)?.Id);
        }
    }

    /// <inheritdoc/>
    public void ForgetNames()
    {
    }

    /// <inheritdoc/>
    public ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            int index = _commits.FindIndex(commit => commit.First <= entry && entry <= commit.Last);
            Commit commit = _commits[index];
            TextErasure found = TextErasure.Find(commit.ToHeader(), commit.Bytes, erasure);
            if (found.IsNeeded)
            {
                _commits[index] = RefusesTextChanges
                    ? throw new JournalException("Scripted: texts must not change.")
                    : Commit.FromStored(commit.ToHeader(), commit.Bytes with { Texts = found.ToTexts() }, _names);
                DecodeAgain(erasure.Opening);
            }

            return new ValueTask<Sequence?>(found.PreviousOperation);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken) => new(true);

    /// <inheritdoc/>
    public ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Commit? commit = FindCommit(last);
        return new ValueTask<Digest?>(last == Sequence.Zero ? default(Digest) : commit?.Last == last ? commit.Seal : null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Decodes the commits of an account again, because its key may have been erased. Other stores decode at each read.</summary>
    private void DecodeAgain(Sequence opening)
    {
        for (int index = 0; index < _commits.Count; index++)
        {
            Commit commit = _commits[index];
            if (commit.Entries.Any(entry => entry.AccountOpening == opening))
            {
                _commits[index] = Commit.FromStored(commit.ToHeader(), commit.Bytes, _names);
            }
        }
    }

    private JournalHead Head() => _commits.Count == 0 ? JournalHead.Empty : _commits[^1].ToHead();

    private Commit? FindChecked(Sequence sequence)
    {
        if (sequence == Sequence.Zero || FindCommit(sequence) is not { } commit)
        {
            return null;
        }

        return CommitSeal.Matches(commit.ToHeader(), commit.Bytes)
            ? commit
            : throw new JournalDamagedException(partition, "Scripted: the commit was altered.") { First = commit.First, Last = commit.Last };
    }

    private Commit? FindCommit(Sequence sequence)
    {
        lock (_lock)
        {
            (int low, int high) = (0, _commits.Count);
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = _commits[middle].Last < sequence ? (middle + 1, high) : (low, middle);
            }

            return low < _commits.Count ? _commits[low] : null;
        }
    }
}

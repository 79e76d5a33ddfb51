using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>A journal that fails as a test scripts it. Thread-safe.</summary>
/// <param name="inner">The wrapped journal, which does not fail.</param>
public sealed class FaultyJournal(IJournal inner) : IJournal
{
    private readonly ConcurrentQueue<AppendFault> _faults = new();
    private readonly ConcurrentQueue<Commit> _attempts = new();
    private readonly ConcurrentQueue<Sequence> _confirmed = new();
    private int _readsToFail;
    private int _commitsRead;
    private long _entriesRead;
    private int _erasedCommits;

    /// <inheritdoc/>
    public int Partition => inner.Partition;

    /// <inheritdoc/>
    public bool IsShared => inner.IsShared;

    /// <summary>Every commit that a caller tried to append, in order, including failed ones.</summary>
    public IReadOnlyList<Commit> Attempts => [.. _attempts];

    /// <summary>How many scripted faults were not used yet.</summary>
    public int FaultsLeft => _faults.Count;

    /// <summary>Runs before each append and its fault; may wait.</summary>
    public Func<Task>? BeforeAppend { get; set; }

    /// <summary>Runs before the texts of an account in a commit are erased; may throw.</summary>
    public Action? BeforeErase { get; set; }

    /// <summary>How often the texts of an account in a commit were to be erased.</summary>
    public int ErasedCommits => Volatile.Read(ref _erasedCommits);

    /// <summary>Runs before the remains of erased texts are purged; may throw.</summary>
    public Action? BeforePurge { get; set; }

    /// <summary>How many commits were read from the wrapped journal.</summary>
    public int CommitsRead
    {
        get => Volatile.Read(ref _commitsRead);
        set => Volatile.Write(ref _commitsRead, value);
    }

    /// <summary>The entries that callers passed to <see cref="ConfirmAsync"/>, in order.</summary>
    public IReadOnlyList<Sequence> Confirmed => [.. _confirmed];

    /// <summary>The exception with which every read fails; null if reads succeed.</summary>
    public Exception? ReadFailure { get; set; }

    /// <summary>How many entries were read from the wrapped journal, in commits or singly.</summary>
    public long EntriesRead
    {
        get => Volatile.Read(ref _entriesRead);
        set => Volatile.Write(ref _entriesRead, value);
    }

    /// <summary>How many of the next reads fail, whichever method they use.</summary>
    public int ReadsToFail
    {
        get => Math.Max(0, Volatile.Read(ref _readsToFail));
        set => Volatile.Write(ref _readsToFail, value);
    }

    /// <summary>Sets the faults of the next appends, one for each. Appends after the last fault are passed on.</summary>
    public void Script(params IEnumerable<AppendFault> faults)
    {
        foreach (AppendFault fault in faults)
        {
            _faults.Enqueue(fault);
        }
    }

    /// <summary>Drops the scripted faults that no append has used.</summary>
    public void DropScript() => _faults.Clear();

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(Commit commit, CancellationToken cancellationToken)
    {
        _attempts.Enqueue(commit);
        if (BeforeAppend is { } hook)
        {
            await hook();
        }

        return _faults.TryDequeue(out AppendFault? fault)
            ? await fault.RunAsync(inner, commit)
            : await inner.AppendAsync(commit, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<JournalHead> ReadHeadAsync(CancellationToken cancellationToken)
    {
        FailIfScripted();
        return inner.ReadHeadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Commit> ReadCommitsAsync(Sequence after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FailIfScripted();
        await foreach (Commit commit in inner.ReadCommitsAsync(after, cancellationToken))
        {
            Interlocked.Increment(ref _commitsRead);
            Interlocked.Add(ref _entriesRead, commit.Entries.Count);
            yield return commit;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Entry>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        FailIfScripted();
        IReadOnlyList<Entry> entries = await inner.ReadEntriesAsync(ranges, cancellationToken);
        Interlocked.Add(ref _entriesRead, entries.Count);
        return entries;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<OperationHead>> ReadOperationsAsync(IReadOnlyList<Sequence> operations, bool withSums, CancellationToken cancellationToken)
    {
        FailIfScripted();
        IReadOnlyList<OperationHead> heads = await inner.ReadOperationsAsync(operations, withSums, cancellationToken);
        Interlocked.Add(ref _entriesRead, heads.Count);
        return heads;
    }

    /// <inheritdoc/>
    public ValueTask<Guid?> ConfirmAsync(Sequence entry, CancellationToken cancellationToken)
    {
        FailIfScripted();
        _confirmed.Enqueue(entry);
        return inner.ConfirmAsync(entry, cancellationToken);
    }

    /// <inheritdoc/>
    public void ForgetNames() => inner.ForgetNames();

    /// <inheritdoc/>
    public ValueTask<Sequence?> EraseTextsAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken)
    {
        FailIfScripted();
        Interlocked.Increment(ref _erasedCommits);
        BeforeErase?.Invoke();
        return inner.EraseTextsAsync(erasure, entry, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> PurgeErasedAsync(CancellationToken cancellationToken)
    {
        FailIfScripted();
        BeforePurge?.Invoke();
        return inner.PurgeErasedAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Digest?> ReadSealAsync(Sequence last, CancellationToken cancellationToken)
    {
        FailIfScripted();
        return inner.ReadSealAsync(last, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void FailIfScripted()
    {
        if (ReadFailure is { } failure)
        {
            throw failure;
        }

        int left = Volatile.Read(ref _readsToFail);
        while (left > 0)
        {
            int found = Interlocked.CompareExchange(ref _readsToFail, left - 1, left);
            if (found == left)
            {
                throw new JournalException("Scripted: the journal cannot be read.");
            }

            left = found;
        }
    }
}

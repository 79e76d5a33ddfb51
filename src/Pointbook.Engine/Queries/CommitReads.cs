using System.Diagnostics.CodeAnalysis;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Reads whole commits and checks them, one at a time: a commit may be large, and many who ask at the same time mostly ask for the same one. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore of which nobody wants the wait handle has nothing to dispose of.")]
internal sealed class CommitReads(IJournal journal)
{
    private const int RememberedMax = 8;

    private readonly SemaphoreSlim _turn = new(1);

    // As long as somebody uses them, or until memory is wanted: how large they are is not bounded.
    private readonly Queue<WeakReference<Commit>> _last = new();

    /// <summary>Reads the commit that has an entry.</summary>
    /// <returns>The commit, which was checked, or null if there is no such entry.</returns>
    /// <exception cref="JournalDamagedException">The commit is not what was committed.</exception>
    public async ValueTask<Commit?> ReadAsync(Sequence entry, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Commit? commit = FindRemembered(entry);
            if (commit is null)
            {
                commit = await JournalVerification.ReadCommitOfAsync(journal, entry, cancellationToken).ConfigureAwait(false);
                Remember(commit);
            }

            return commit;
        }
        finally
        {
            _turn.Release();
        }
    }

    private Commit? FindRemembered(Sequence entry)
    {
        foreach (WeakReference<Commit> reference in _last)
        {
            if (reference.TryGetTarget(out Commit? commit) && commit.First <= entry && entry <= commit.Last)
            {
                return commit;
            }
        }

        return null;
    }

    private void Remember(Commit? commit)
    {
        if (commit is null)
        {
            return;
        }

        _last.Enqueue(new WeakReference<Commit>(commit));
        if (_last.Count > RememberedMax)
        {
            _last.Dequeue();
        }
    }
}

using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Reads the journal from its beginning, in several steps, and checks its seals. Not thread-safe.</summary>
internal abstract class JournalScan(IJournal journal)
{
    private JournalHead _head = JournalHead.Empty;

    /// <summary>Whether an account was erased during the scan, so that the scan found only some of its entries. The caller must then discard the scan.</summary>
    public abstract bool IsOutdated { get; }

    /// <summary>The last entry read.</summary>
    public Sequence Last => _head.Last;

    /// <summary>Continues to read through the commit that ends with an entry.</summary>
    /// <exception cref="JournalException">The journal could not be read, or is damaged.</exception>
    public async Task ReadThroughAsync(Sequence through, CancellationToken cancellationToken)
    {
        if (Last >= through)
        {
            return;
        }

        await foreach (Commit commit in JournalVerification.ReadAsync(journal, _head, cancellationToken).ConfigureAwait(false))
        {
            await AddAsync(commit, cancellationToken).ConfigureAwait(false);
            _head = commit.ToHead();
            if (Last >= through)
            {
                return;
            }
        }

        throw new JournalException($"The journal ends at entry {Last}, but previously contained entry {through}.");
    }

    /// <summary>Adds what a commit contains.</summary>
    /// <exception cref="JournalException">The journal could not be read, or is damaged.</exception>
    protected abstract ValueTask AddAsync(Commit commit, CancellationToken cancellationToken);
}

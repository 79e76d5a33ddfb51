using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Rejects a journal in which the key of an account is missing although no entry erases the account. Not thread-safe.</summary>
/// <remarks>
/// Tables made from such a journal would lack the account, and a request could open it again. So whoever makes them checks each part before using it. The check
/// reads ahead to the erasures, in all not more than once through the journal.
/// </remarks>
internal sealed class MissingKeys(IJournal journal)
{
    private readonly HashSet<Sequence> _erased = [];
    private Sequence _first;
    private Sequence _readThrough;

    /// <summary>Checks consecutive commits.</summary>
    /// <exception cref="JournalDamagedException">A key is missing.</exception>
    /// <exception cref="JournalException">The journal could not be read.</exception>
    public async ValueTask ThrowIfMissingAsync(IReadOnlyList<Commit> commits, CancellationToken cancellationToken)
    {
        if (commits[0].First < _first)
        {
            // The caller begins again. The set may lack earlier erasures.
            _erased.Clear();
            _readThrough = Sequence.Zero;
        }

        HashSet<Sequence> unexplained =
        [
            .. commits.SelectMany(commit => commit.Entries).Where(entry => entry.Account.IsErased && !_erased.Contains(entry.AccountOpening)).Select(entry => entry.AccountOpening),
        ];
        if (unexplained.Count == 0)
        {
            return;
        }

        if (_readThrough == Sequence.Zero)
        {
            _first = commits[0].First;
            _readThrough = new Sequence(_first.Value - 1);
        }

        await foreach (Commit commit in journal.ReadCommitsAsync(_readThrough, cancellationToken).ConfigureAwait(false))
        {
            foreach (Entry entry in commit.Entries.Where(entry => entry.Kind == EntryKind.Erasure))
            {
                _erased.Add(entry.AccountOpening);
                unexplained.Remove(entry.AccountOpening);
            }

            _readThrough = commit.Last;
            if (unexplained.Count == 0)
            {
                return;
            }
        }

        Sequence opening = unexplained.Min();
        throw new JournalDamagedException(
            journal.Partition, $"The texts of the account that entry {opening} opened are missing, and no entry of partition {journal.Partition} erases this account.")
        {
            First = opening,
            Last = opening,
        };
    }
}

using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The erased accounts of which a catch-up found no text in the journal. Thread-safe.</summary>
/// <remarks>
/// A rebuild of the account store lists all erasures again, also those finished long ago. Following each one again would take much longer than the rebuild, which
/// reads all commits anyway. An erased text stays erased, so what this class knows stays true.
/// </remarks>
internal sealed class ErasedAccounts
{
    private readonly Lock _lock = new();
    private readonly HashSet<AccountErasure> _withoutTexts = [];

    // What the current catch-up has read without a gap, up to _through.
    private ErasureVerification _read = new(findsUnfinished: true);
    private Sequence _through;

    // The accounts whose first entries it read under the erased name. The key is the first text that an erasure overwrites, and a server may have been killed directly
    // after that. So only from such an entry on does the verification look for all other texts of the account.
    private HashSet<Sequence> _openedErased = [];

    /// <summary>Adds a commit that a catch-up has read. Only one catch-up runs at a time.</summary>
    public void Add(Commit commit)
    {
        if (commit.First != _through.Next)
        {
            Begin();
        }

        _read.Add(commit);
        foreach (Entry entry in commit.Entries)
        {
            if (entry.Account.IsErased && entry.Sequence == entry.AccountOpening)
            {
                _openedErased.Add(entry.Sequence);
            }
        }

        _through = commit.Last;
    }

    /// <summary>Ends the catch-up: finds the erased accounts without texts of which it has read all commits.</summary>
    public void End()
    {
        AccountErasure[] found = [.. _read.Erasures.Where(erasure => _openedErased.Contains(erasure.Opening)).Except(_read.Unfinished)];
        Begin();
        lock (_lock)
        {
            _withoutTexts.UnionWith(found);
        }
    }

    /// <summary>Whether the journal is known to have no text of the account.</summary>
    public bool IsWithoutTexts(AccountErasure erasure)
    {
        lock (_lock)
        {
            return _withoutTexts.Contains(erasure);
        }
    }

    /// <summary>Forgets an erasure that is no longer on the list.</summary>
    /// <returns>Whether it was known.</returns>
    public bool Forget(AccountErasure erasure)
    {
        lock (_lock)
        {
            return _withoutTexts.Remove(erasure);
        }
    }

    private void Begin() => (_read, _openedErased, _through) = (new ErasureVerification(findsUnfinished: true), [], Sequence.Zero);
}

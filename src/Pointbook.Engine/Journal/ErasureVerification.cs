using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Compares the erased texts of a journal with its erasures. The caller adds all commits of the journal in order. Not thread-safe.</summary>
/// <remarks>A text may be missing only if an entry erases its account. The decoder of commits checks that no text was altered.</remarks>
/// <param name="findsUnfinished">Whether to compute <see cref="Unfinished"/>, which decodes commits with erased accounts once more.</param>
public sealed class ErasureVerification(bool findsUnfinished)
{
    private readonly SortedDictionary<Sequence, Sequence> _erasures = [];
    private readonly SortedSet<Sequence> _withoutErasure = [];
    private readonly HashSet<Sequence> _withoutKey = [];
    private readonly HashSet<Sequence> _withTexts = [];

    /// <summary>The erasures in the journal, in the order of the accounts' first entries.</summary>
    public IEnumerable<AccountErasure> Erasures => _erasures.Select(erasure => new AccountErasure(erasure.Key, erasure.Value));

    /// <summary>The number of erasures.</summary>
    public int Count => _erasures.Count;

    /// <summary>The erasures that a server must still finish, because some texts of their accounts remain.</summary>
    public IEnumerable<AccountErasure> Unfinished => Erasures.Where(erasure => !_withoutKey.Contains(erasure.Opening) || _withTexts.Contains(erasure.Opening));

    /// <summary>The opening entry of the first account whose texts are missing although no entry erases it; null if there is none.</summary>
    public Sequence? FirstWithoutErasure => _withoutErasure.Count == 0 ? null : _withoutErasure.Min;

    /// <summary>Adds the next commit, whose seal the caller has checked.</summary>
    public void Add(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        bool hasErased = false;
        foreach (Entry entry in commit.Entries)
        {
            if (entry.Account.IsErased)
            {
                hasErased = true;
                _withoutErasure.Add(entry.AccountOpening);
                _withoutKey.Add(entry.AccountOpening);
            }

            if (entry.Kind == EntryKind.Erasure)
            {
                _erasures[entry.AccountOpening] = entry.Sequence;
                _withoutErasure.Remove(entry.AccountOpening);
            }
        }

        if (hasErased && findsUnfinished)
        {
            AddTexts(commit);
        }
    }

    private void AddTexts(Commit commit)
    {
        foreach ((EntryOutline entry, IReadOnlyList<CommitText> texts) in CommitBody.ReadTexts(commit.ToHeader(), commit.Bytes))
        {
            if (_withoutKey.Contains(entry.Opening) && texts.Any(text => text.IsErasable && !text.IsErased))
            {
                _withTexts.Add(entry.Opening);
            }
        }
    }
}

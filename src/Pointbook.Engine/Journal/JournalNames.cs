using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The accounts and actors of a journal that were met last, by the entries that introduced them. Thread-safe.</summary>
/// <remarks>
/// The journal names an account once, where it was opened. Whoever reads a later entry looks here first, and reads the journal only if
/// the account was not met lately. Only names of commits that match their seals are kept. Two generations bound the memory, to about 80 MB: when the
/// younger one is full, the older one goes.
/// </remarks>
public sealed class JournalNames
{
    /// <summary>How many introductions a generation has at most.</summary>
    public const int GenerationMax = 262_144;

    private readonly Lock _lock = new();
    private Dictionary<Sequence, Introduction> _younger = [];
    private Dictionary<Sequence, Introduction> _older = [];
    private Sequence _last;

    /// <summary>Adds to a scope what is known.</summary>
    /// <param name="entries">The entries that introduced what is needed.</param>
    /// <param name="scope">Gets what is known of them.</param>
    /// <returns>The entries that must be read, each once.</returns>
    public IReadOnlyList<Sequence> Resolve(IReadOnlyCollection<Sequence> entries, NameScope scope)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(scope);
        if (entries.Count == 0)
        {
            return [];
        }

        List<Sequence>? missing = null;
        lock (_lock)
        {
            foreach (Sequence entry in entries)
            {
                if (scope.Contains(entry))
                {
                    continue;
                }

                if (TryFind(entry, out Introduction introduction))
                {
                    scope.AddKnown(entry, introduction);
                }
                else
                {
                    (missing ??= []).Add(entry);
                }
            }
        }

        return missing is null ? [] : [.. missing.Distinct()];
    }

    /// <summary>The last entry of which anything was kept.</summary>
    public Sequence Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>Takes note of where the journal ended. If names of later entries were known before, it has lost commits, and everything is forgotten.</summary>
    /// <param name="last">The last entry of the journal.</param>
    /// <param name="before"><see cref="Last"/> before somebody looked where the journal ends. Others may have read later commits since.</param>
    public void EndAt(Sequence last, Sequence before)
    {
        lock (_lock)
        {
            if (before > last)
            {
                Clear();
            }
        }
    }

    /// <summary>Keeps what was read for a scope, and what was introduced in it. It must have come from commits that match their seals.</summary>
    public void Keep(NameScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        lock (_lock)
        {
            foreach ((Sequence entry, Introduction introduction) in scope.New)
            {
                Add(entry, introduction);
            }
        }
    }

    /// <summary>Keeps the accounts that a commit opened which this process has appended.</summary>
    public void KeepOwn(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        lock (_lock)
        {
            foreach (Entry entry in commit.Entries)
            {
                // An entry with an actor may have introduced it as well, and only whole introductions are kept.
                if (entry.Opening == Sequence.Zero && entry.Origin?.Actor is null)
                {
                    Add(entry.Sequence, new Introduction(entry.Account, null));
                }
            }
        }
    }

    private bool TryFind(Sequence entry, out Introduction introduction)
    {
        if (_younger.TryGetValue(entry, out introduction))
        {
            return true;
        }

        if (!_older.TryGetValue(entry, out introduction))
        {
            return false;
        }

        Add(entry, introduction);
        return true;
    }

    private void Clear() => (_younger, _older, _last) = ([], [], Sequence.Zero);

    private void Add(Sequence entry, Introduction introduction)
    {
        if ((_younger.TryGetValue(entry, out Introduction known) || _older.TryGetValue(entry, out known)) && known != introduction)
        {
            // Another commit stands there now.
            Clear();
        }

        _last = entry > _last ? entry : _last;
        if (_younger.Count >= GenerationMax)
        {
            (_older, _younger) = (_younger, []);
        }

        _younger[entry] = introduction;
    }
}

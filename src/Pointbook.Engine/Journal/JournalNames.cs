using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The recently used accounts and actors of a journal, by the entries that introduced them. Thread-safe.</summary>
/// <remarks>
/// The journal names an account once, in the entry that opened it. A reader of a later entry looks here first, and reads the journal only if
/// the account is not here. The class keeps only names from commits that match their seals. Two generations bound the memory to about 80 MB: when the
/// younger one is full, the class drops the older one.
/// </remarks>
public sealed class JournalNames
{
    /// <summary>The maximum number of introductions in a generation.</summary>
    public const int GenerationMax = 262_144;

    // Far more than the accounts that are erased between one erasure and the moment when its texts are overwritten.
    private const int ForgottenMax = 65_536;

    private readonly Lock _lock = new();
    private readonly HashSet<Sequence> _forgotten = [];
    private readonly Queue<Sequence> _forgottenInOrder = [];
    private Dictionary<Sequence, Introduction> _younger = [];
    private Dictionary<Sequence, Introduction> _older = [];
    private Sequence _last;

    /// <summary>Adds known names to a scope.</summary>
    /// <param name="entries">The entries that introduced the needed names.</param>
    /// <param name="scope">Receives the known ones.</param>
    /// <returns>The entries that the caller must read, without duplicates.</returns>
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

    /// <summary>The last entry that introduced a kept name.</summary>
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

    /// <summary>Records where the journal ends. If names of later entries were known before, the journal has lost commits, and the class forgets everything.</summary>
    /// <param name="last">The last entry of the journal.</param>
    /// <param name="before"><see cref="Last"/> before the caller read the journal's end. Other readers may have read later commits since.</param>
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

    /// <summary>Forgets an account that is being erased. Readers then always read its name, because it changes at a moment that they do not know.</summary>
    /// <param name="opening">The first entry of the account.</param>
    public void Forget(Sequence opening)
    {
        lock (_lock)
        {
            _younger.Remove(opening);
            _older.Remove(opening);
            if (!_forgotten.Add(opening))
            {
                return;
            }

            _forgottenInOrder.Enqueue(opening);
            if (_forgottenInOrder.Count > ForgottenMax)
            {
                _forgotten.Remove(_forgottenInOrder.Dequeue());
            }
        }
    }

    /// <summary>Repeats a read if it needs the key of a recently erased account.</summary>
    /// <param name="read">The read.</param>
    /// <exception cref="JournalDamagedException">As <paramref name="read"/>; also if a text is erased but its account is not.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        HashSet<Sequence>? forgotten = null;
        while (true)
        {
            try
            {
                return await read().ConfigureAwait(false);
            }
            catch (JournalDamagedException damage) when (damage.InnerException is ErasedTextException erased && (forgotten ??= []).Add(erased.Opening))
            {
                Forget(erased.Opening);
            }
        }
    }

    /// <summary>Forgets everything.</summary>
    public void ForgetAll()
    {
        lock (_lock)
        {
            Clear();
        }
    }

    /// <summary>Keeps what was read for a scope and introduced in it. It must come from commits that match their seals.</summary>
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

    /// <summary>Forgets the accounts that a commit erases.</summary>
    public void ForgetErased(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        foreach (Entry entry in commit.Entries)
        {
            if (entry.Kind == EntryKind.Erasure)
            {
                Forget(entry.AccountOpening);
            }
        }
    }

    /// <summary>Keeps the accounts that a commit of this process opened, and forgets those that it erases.</summary>
    public void KeepOwn(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        ForgetErased(commit);
        lock (_lock)
        {
            foreach (Entry entry in commit.Entries)
            {
                // An entry with an actor may have introduced it as well, and this class keeps only whole introductions.
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
        if (_forgotten.Contains(entry))
        {
            return;
        }

        if ((_younger.TryGetValue(entry, out Introduction known) || _older.TryGetValue(entry, out known)) && known != introduction)
        {
            // Another commit is at this place now.
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

using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Makes what a store would hold if somebody had altered it with a program that knows the format.</summary>
public static class Forged
{
    /// <summary>A commit with other entries and the seal that it had.</summary>
    public static Commit WithEntries(this Commit commit, IReadOnlyList<Entry> entries) => Commit.FromStored(
        commit.ToHeader() with { First = entries[0].Sequence, Last = entries[^1].Sequence },
        new CommitBodyWriter(TestSalts.Create()).Encode(entries),
        NamesOf(entries));

    /// <summary>The accounts that entries name by the entries that opened them.</summary>
    public static NameScope NamesOf(IReadOnlyList<Entry> entries)
    {
        NameScope names = new();
        foreach (Entry entry in entries.Where(entry => entry.Opening < entries[0].Sequence))
        {
            names.Add(entry.Opening, new Introduction(entry.Account, null));
        }

        return names;
    }

    /// <summary>The bytes of a commit with one entry changed.</summary>
    /// <param name="bytes">The body and the texts that are stored.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <param name="sequence">Which entry to change.</param>
    /// <param name="change">Changes it. Accounts and actors that earlier commits introduced have names that say which entry did.</param>
    public static CommitBytes Bytes(CommitBytes bytes, Sequence first, Sequence last, Sequence sequence, Func<Entry, Entry> change)
    {
        NameScope names = new();
        foreach (Sequence entry in CommitBody.FindReferences(bytes, first, last))
        {
            names.Add(entry, new Introduction(Given.Account($"opened-by-{entry}"), $"introduced by {entry}"));
        }

        Entry[] entries = CommitBody.Decode(bytes, first, last, names);
        ref Entry changed = ref entries[sequence.Value - first.Value];
        changed = change(changed);
        return new CommitBodyWriter(TestSalts.Create()).Encode(entries);
    }

    /// <summary>An entry with one point more for its payer than was committed.</summary>
    public static Entry WithOnePointMore(Entry entry) => entry with { Points = entry.Points + new Points(1) };
}

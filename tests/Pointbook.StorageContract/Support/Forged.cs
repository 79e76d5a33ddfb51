using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Makes what a store would hold if somebody had altered it with a program that knows the format.</summary>
public static class Forged
{
    /// <summary>A commit with other entries and the seal that it had.</summary>
    public static Commit WithEntries(this Commit commit, IReadOnlyList<Entry> entries) => Commit.FromStored(
        commit.ToHeader() with { First = entries[0].Sequence, Last = entries[^1].Sequence }, new CommitBodyWriter().Encode(entries));

    /// <summary>The body of a commit with one entry changed.</summary>
    /// <param name="body">The body that is stored.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <param name="sequence">Which entry to change.</param>
    /// <param name="change">Changes it.</param>
    public static byte[] Body(byte[] body, Sequence first, Sequence last, Sequence sequence, Func<Entry, Entry> change)
    {
        Entry[] entries = CommitBody.Decode(body, first, last);
        ref Entry entry = ref entries[sequence.Value - first.Value];
        entry = change(entry);
        return new CommitBodyWriter().Encode(entries);
    }

    /// <summary>An entry with one point more for its payer than was committed.</summary>
    public static Entry WithOnePointMore(Entry entry) => entry with { Points = entry.Points + new Points(1) };
}

using System.Security.Cryptography;
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

    /// <summary>The bytes of a commit with one entry changed. All else stays as it is: salts, and what refers to earlier commits.</summary>
    /// <param name="bytes">The body and the texts that are stored.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <param name="sequence">Which entry to change.</param>
    /// <param name="change">Changes it. Accounts and actors that earlier commits introduced have names that say which entry did.</param>
    public static CommitBytes Bytes(CommitBytes bytes, Sequence first, Sequence last, Sequence sequence, Func<Entry, Entry> change)
    {
        IReadOnlyCollection<Sequence> references = CommitBody.FindReferences(bytes, first, last);
        NameScope names = new();
        foreach (Sequence entry in references)
        {
            names.Add(entry, new Introduction(Given.Account($"opened-by-{entry}"), IntroducedBy(entry)));
        }

        Entry[] entries = CommitBody.Decode(bytes, first, last, names);
        Queue<byte[]> salts = FindSalts(bytes, entries, references);
        ref Entry changed = ref entries[sequence.Value - first.Value];
        changed = change(changed);
        return Encode(entries, references, salt => (salts.TryDequeue(out byte[]? kept) ? kept : new byte[salt.Length]).CopyTo(salt));
    }

    /// <summary>An entry with one point more for its payer than was committed.</summary>
    public static Entry WithOnePointMore(Entry entry) => entry with { Points = entry.Points + new Points(1) };

    private static string IntroducedBy(Sequence entry) => $"introduced by {entry}";

    /// <summary>Encodes the entries of a commit with actors that earlier commits introduced.</summary>
    private static CommitBytes Encode(Entry[] entries, IReadOnlyCollection<Sequence> introductions, SaltSource salts)
    {
        SaltSource current = static salt => salt.Clear();
        CommitBodyWriter writer = new(salt => current(salt));
        foreach (Sequence entry in introductions)
        {
            writer.Encode([Given.Bare(entry, EntryKind.Spend) with { Origin = new Origin { Actor = IntroducedBy(entry) } }]);
            writer.KeepActors();
        }

        current = salts;
        return writer.Encode(entries);
    }

    /// <summary>Finds the salts of texts, in their order. Where they stand is found out by encoding the entries with marks in their place.</summary>
    private static Queue<byte[]> FindSalts(CommitBytes bytes, Entry[] entries, IReadOnlyCollection<Sequence> introductions)
    {
        List<byte[]> marks = [];
        CommitBytes marked = Encode(entries, introductions, salt =>
        {
            byte[] mark = SHA256.HashData(BitConverter.GetBytes(marks.Count))[..salt.Length];
            mark.CopyTo(salt);
            marks.Add(mark);
        });
        Assert.Equal(bytes.Texts.Length, marked.Texts.Length);
        return new Queue<byte[]>(marks.Select(mark => bytes.Texts.Slice(marked.Texts.Span.IndexOf(mark), mark.Length).ToArray()));
    }
}

using System.Security.Cryptography;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Builds what a store would contain after a program that knows the format had altered it.</summary>
public static class ForgedCommits
{
    /// <summary>A commit with other entries but with its old seal.</summary>
    public static Commit WithEntries(this Commit commit, IReadOnlyList<Entry> entries) => Commit.FromStored(
        commit.ToHeader() with { First = entries[0].Sequence, Last = entries[^1].Sequence },
        new CommitBodyWriter(TestSalts.Create()).Encode(entries),
        NamesOf(entries));

    /// <summary>The names of accounts that were opened before these entries, by the entries that opened them.</summary>
    public static NameScope NamesOf(IReadOnlyList<Entry> entries)
    {
        NameScope names = new();
        foreach (Entry entry in entries.Where(entry => entry.Opening < entries[0].Sequence))
        {
            names.Add(entry.Opening, new Introduction(entry.Account, null));
        }

        return names;
    }

    /// <summary>The bytes of a commit with one entry changed. Everything else stays the same: salts, and references to earlier commits.</summary>
    /// <param name="bytes">The stored body and texts.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <param name="sequence">The sequence of the entry to change.</param>
    /// <param name="change">Changes the entry. Accounts and actors from earlier commits have names that contain the entry that introduced them.</param>
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

    /// <summary>An entry with one more point for its payer than was committed.</summary>
    public static Entry WithOnePointMore(Entry entry) => entry with { Points = entry.Points + new Points(1) };

    private static string IntroducedBy(Sequence entry) => $"introduced by {entry}";

    /// <summary>Encodes the entries of a commit with actors that earlier commits introduced.</summary>
    private static CommitBytes Encode(Entry[] entries, IReadOnlyCollection<Sequence> introductions, SaltSource salts)
    {
        SaltSource current = static salt => salt.Clear();
        CommitBodyWriter writer = new(salt => current(salt));
        foreach (Sequence entry in introductions)
        {
            writer.Encode([Given.EntryWithoutTexts(entry, EntryKind.Spend) with { Origin = new Origin { Actor = IntroducedBy(entry) } }]);
            writer.KeepActors();
        }

        current = salts;
        return writer.Encode(entries);
    }

    /// <summary>Finds the salts of texts, in order. To find their positions, it encodes the entries with marks in place of the salts.</summary>
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

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The entries that one commit makes durable together, and their proof. Immutable.</summary>
public sealed record Commit
{
    /// <summary>Creates a commit whose bytes are the encoded form of its entries.</summary>
    internal Commit(IReadOnlyList<Entry> entries, CommitBytes bytes) => (Entries, Bytes) = (entries, bytes);

    /// <summary>A random id, which distinguishes a commit of unknown outcome from another one at the same place.</summary>
    public required Guid Id { get; init; }

    /// <summary>The partition whose journal it belongs to.</summary>
    public required int Partition { get; init; }

    /// <summary>The format version of <see cref="Bytes"/> and <see cref="Seal"/>.</summary>
    public required int Format { get; init; }

    /// <summary>The clock at the decision: it decides which events are due, what has expired and when holds end. Never later than <see cref="RecordedAt"/>.</summary>
    public required Instant DecidedAt { get; init; }

    /// <summary>The time that orders the partition's commits: it is later than that of every earlier commit.</summary>
    public required Instant RecordedAt { get; init; }

    /// <summary>The seal of the previous commit; 32 zero bytes for the first commit.</summary>
    public required Digest PreviousSeal { get; init; }

    /// <summary>Proves this commit and, through <see cref="PreviousSeal"/>, all commits before it.</summary>
    public required Digest Seal { get; init; }

    /// <summary>The entries in order, at least one, numbered without a gap.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>The entries in their stored form, see <see cref="CommitBody"/>.</summary>
    public CommitBytes Bytes { get; }

    /// <summary>The length of the body's index in bytes.</summary>
    public int IndexLength => CommitBodyIndex.Read(Bytes.Body.Span, Bytes.Body.Length, Bytes.Texts.Length, First, Last).Bytes.Length;

    /// <summary>Both times.</summary>
    public CommitTime Time => new(DecidedAt, RecordedAt);

    /// <summary>The place of the first entry.</summary>
    public Sequence First => Entries[0].Sequence;

    /// <summary>The place of the last entry.</summary>
    public Sequence Last => Entries[^1].Sequence;

    /// <summary>Creates a commit from its stored form. Decodes its entries, but does not check its seal.</summary>
    /// <param name="header">The header.</param>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="names">The names that <see cref="CommitBody.FindReferences"/> requires. The method adds what the commit introduces.</param>
    /// <exception cref="InvalidRowException">The commit is invalid.</exception>
    public static Commit FromStored(CommitHeader header, CommitBytes bytes, NameScope names)
    {
        ArgumentNullException.ThrowIfNull(header);
        CommitBody.CheckFormat(header.Format);
        return new Commit(CommitBody.Decode(bytes, header.First, header.Last, names), bytes)
        {
            Id = header.Id,
            Partition = header.Partition,
            Format = header.Format,
            DecidedAt = header.Time.DecidedAt,
            RecordedAt = header.Time.RecordedAt,
            PreviousSeal = header.PreviousSeal,
            Seal = header.Seal,
        };
    }

    /// <summary>Returns everything in the commit except its bytes.</summary>
    public CommitHeader ToHeader() => new(Id, Partition, Format, First, Last, Time, PreviousSeal, Seal);

    /// <summary>Returns the head of the journal after this commit.</summary>
    public JournalHead ToHead() => new(Last, Seal, Time);
}

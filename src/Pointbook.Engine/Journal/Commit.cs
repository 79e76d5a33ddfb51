using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The entries that one commit makes durable together, and what proves them. Immutable.</summary>
public sealed record Commit
{
    /// <summary>A commit whose bytes are the encoded form of its entries.</summary>
    internal Commit(IReadOnlyList<Entry> entries, CommitBytes bytes) => (Entries, Bytes) = (entries, bytes);

    /// <summary>Random, so that a commit of unknown outcome can be told from another one at the same place.</summary>
    public required Guid Id { get; init; }

    /// <summary>The partition whose journal it belongs to.</summary>
    public required int Partition { get; init; }

    /// <summary>The version of the format that <see cref="Bytes"/> and <see cref="Seal"/> are in.</summary>
    public required int Format { get; init; }

    /// <summary>The clock at the decision: it decides which events are due, what has expired and when holds end. Never later than <see cref="RecordedAt"/>.</summary>
    public required Instant DecidedAt { get; init; }

    /// <summary>Its place in the order of the books: later than every earlier commit of the partition.</summary>
    public required Instant RecordedAt { get; init; }

    /// <summary>The seal of the commit before; 32 zero bytes for the first one.</summary>
    public required Digest PreviousSeal { get; init; }

    /// <summary>Proves this commit and, through <see cref="PreviousSeal"/>, all before it.</summary>
    public required Digest Seal { get; init; }

    /// <summary>The entries in order, at least one, numbered without a gap.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>The entries as they are stored, see <see cref="CommitBody"/>.</summary>
    public CommitBytes Bytes { get; }

    /// <summary>Both times.</summary>
    public CommitTime Time => new(DecidedAt, RecordedAt);

    /// <summary>The first entry's place.</summary>
    public Sequence First => Entries[0].Sequence;

    /// <summary>The last entry's place.</summary>
    public Sequence Last => Entries[^1].Sequence;

    /// <summary>A commit as a store has it. Its entries are decoded; its seal is not checked.</summary>
    /// <param name="header">The header.</param>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="names">What <see cref="CommitBody.FindReferences"/> asks for. Gets what the commit introduces.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a commit.</exception>
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

    /// <summary>All of the commit besides its bytes.</summary>
    public CommitHeader ToHeader() => new(Id, Partition, Format, First, Last, Time, PreviousSeal, Seal);

    /// <summary>The head of the journal once this commit is in it.</summary>
    public JournalHead ToHead() => new(Last, Seal, Time);
}

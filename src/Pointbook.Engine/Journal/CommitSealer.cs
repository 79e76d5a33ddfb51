using Pointbook.Ledger.Entries;

namespace Pointbook.Engine.Journal;

/// <summary>Encodes and seals the commits of one writer. Not thread-safe.</summary>
/// <param name="salts">Generates the salts of erasable texts.</param>
public sealed class CommitSealer(SaltSource salts)
{
    private readonly CommitBodyWriter _bodies = new(salts);
    private readonly CommitSeal _seal = new();

    /// <summary>Seals entries as the commit that follows a head.</summary>
    /// <param name="head">The head that the commit follows.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="id">A new random id.</param>
    /// <param name="time">The clock at the decision, and the time of recording, which is later than the head.</param>
    /// <param name="entries">At least one entry; the first one follows the head directly.</param>
    public Commit Seal(JournalHead head, int partition, Guid id, CommitTime time, IReadOnlyList<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(entries);
        CommitBytes bytes = _bodies.Encode(entries);
        ReadOnlySpan<byte> index = bytes.Body.Span[.._bodies.IndexLength];
        CommitHeader header = new(id, partition, CommitSeal.FormatNewest, entries[0].Sequence, entries[^1].Sequence, time, head.Seal, default);
        return new Commit(entries, bytes)
        {
            Id = id,
            Partition = partition,
            Format = CommitSeal.FormatNewest,
            DecidedAt = time.DecidedAt,
            RecordedAt = time.RecordedAt,
            PreviousSeal = head.Seal,
            Seal = _seal.Compute(header, index),
        };
    }

    /// <summary>Forgets the introductions of earlier commits.</summary>
    public void Forget() => _bodies.ForgetActors();

    /// <summary>Records that the last sealed commit is durable, so that later ones may refer to its introductions.</summary>
    public void KeepLast() => _bodies.KeepActors();
}

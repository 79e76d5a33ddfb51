using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>The ends of the journals of all partitions.</summary>
/// <param name="Partitions">The end of each partition's journal, in the order of the partition numbers.</param>
public sealed record JournalHeads(IReadOnlyList<JournalPartition> Partitions);

/// <summary>The end of one partition's journal.</summary>
/// <param name="Partition">The number of the partition, from 0.</param>
/// <param name="LastSequence">The sequence of the last entry. 0 if the journal is empty.</param>
/// <param name="Seal">The seal of the last commit, in hexadecimal. 64 zeros if the journal is empty.</param>
/// <param name="RecordedAt">The time at which the last commit was recorded, in UTC. Absent if the journal is empty.</param>
public sealed record JournalPartition(
    int Partition,
    long LastSequence,
    string Seal,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset? RecordedAt);

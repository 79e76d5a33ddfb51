using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>Where the journals of all partitions end.</summary>
/// <param name="Partitions">One for each partition, in order.</param>
public sealed record JournalHeads(IReadOnlyList<JournalPartition> Partitions);

/// <summary>Where the journal of one partition ends.</summary>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="LastSequence">The last entry's place; 0 if there is none.</param>
/// <param name="Seal">The seal of the last commit, in hexadecimal; 64 zeros if there is none.</param>
/// <param name="RecordedAt">When that was committed; null if there is none.</param>
public sealed record JournalPartition(
    int Partition,
    long LastSequence,
    string Seal,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset? RecordedAt);

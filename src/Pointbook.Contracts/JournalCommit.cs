using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>
/// A line of the journal feed that announces a commit. The entries of the commit follow. If <c>after</c> is a sequence
/// inside the commit, only the entries after it follow.
/// </summary>
/// <param name="Partition">The number of the partition, from 0.</param>
/// <param name="FirstSequence">The sequence of the first entry of the commit.</param>
/// <param name="LastSequence">The sequence of the last entry of the commit.</param>
/// <param name="CommitId">The random id of the commit.</param>
/// <param name="Format">The version of the journal format, which defines <c>body</c> and <c>seal</c>.</param>
/// <param name="DecidedAt">
/// The clock at the decision, in UTC. It determined which events were due, which lots had expired, and when holds end.
/// </param>
/// <param name="RecordedAt">
/// The time at which the commit was recorded, in UTC. It is not before <c>decidedAt</c>, and is later than in every earlier
/// commit of the partition.
/// </param>
/// <param name="PreviousSeal">
/// The seal of the previous commit of the partition, in hexadecimal. For the first commit, it is 64 zeros.
/// </param>
/// <param name="Seal">
/// The SHA-256, in hexadecimal, of <c>previousSeal</c>, <c>format</c>, <c>partition</c>, <c>commitId</c>, the sequences,
/// both times, and the index of the body.
/// </param>
public sealed record JournalCommit(
    int Partition,
    long FirstSequence,
    long LastSequence,
    Guid CommitId,
    int Format,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset DecidedAt,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt,
    string PreviousSeal,
    string Seal)
{
    /// <summary>The value of <see cref="Type"/> in every such line.</summary>
    public const string TypeName = "commit";

    /// <summary>The type of the line: always <c>commit</c>.</summary>
    [JsonPropertyOrder(-1)]
    public string Type { get; init; } = TypeName;

    /// <summary>
    /// All stored entries of the commit, in base64: an index, followed by blocks of 256 entries. Absent unless the request
    /// has <c>include=body</c>.
    /// </summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>
    /// The length of the index at the beginning of <c>body</c>, in bytes. The index has the SHA-256 of each block. Present
    /// exactly if <c>body</c> is.
    /// </summary>
    public int? IndexLength { get; init; }

    /// <summary>
    /// The texts whose digests are in <c>body</c>, in base64. Each text follows its salt. Empty if the commit has no texts.
    /// Present exactly if <c>body</c> is.
    /// </summary>
    public ReadOnlyMemory<byte>? Texts { get; init; }
}

using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>The line of a journal feed that announces a commit. Its entries follow, at least those that were asked for.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="FirstSequence">The first entry's place.</param>
/// <param name="LastSequence">The last entry's place.</param>
/// <param name="CommitId">Random.</param>
/// <param name="Format">The version of the journal format that body and seal are in.</param>
/// <param name="DecidedAt">The clock at the decision: it decided which events were due, what had expired and when holds end.</param>
/// <param name="RecordedAt">When it was recorded: not before <c>decidedAt</c>, and later than every commit before.</param>
/// <param name="PreviousSeal">The seal of the commit before, in hexadecimal; 64 zeros for the first one.</param>
/// <param name="Seal">SHA-256 over the previous seal, what else this line says, and the index of the body, in hexadecimal.</param>
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
    /// <summary>The <see cref="Type"/> of every such line.</summary>
    public const string TypeName = "commit";

    /// <summary>What the line is: <see cref="TypeName"/>.</summary>
    [JsonPropertyOrder(-1)]
    public string Type { get; init; } = TypeName;

    /// <summary>All entries of the commit as they are stored, in base64: an index, and then blocks of 256 entries. Only there if <c>include=body</c> asks for it.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>How many of the first bytes of the body are its index, which has the SHA-256 of each block behind it. There exactly if <c>body</c> is.</summary>
    public int? IndexLength { get; init; }

    /// <summary>The texts of which the body has digests, each behind its salt, in base64; empty if there are none. There exactly if <c>body</c> is.</summary>
    public ReadOnlyMemory<byte>? Texts { get; init; }
}

using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>How an account was erased.</summary>
/// <param name="Id">Its opaque id.</param>
/// <param name="Account">The key that the account had. Nothing keeps it.</param>
/// <param name="ErasedAs">What the journal calls the account from now on. With several partitions, the partition tells accounts of the same name apart.</param>
/// <param name="RecordedAt">When it was made durable.</param>
public sealed record Erasure(
    string Id,
    string Account,
    string ErasedAs,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt);

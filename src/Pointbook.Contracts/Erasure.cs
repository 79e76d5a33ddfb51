using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>An erasure. It ends an account that a flush has emptied, and removes its key and texts.</summary>
/// <param name="Id">The opaque id of the erasure.</param>
/// <param name="Account">The former account key. It is free: the next write under it creates a new account.</param>
/// <param name="ErasedAs">
/// The name of the erased account in the journal from now on: <c>~erased-</c> and the sequence of the account's first entry.
/// It is unique only within a partition.
/// </param>
/// <param name="RecordedAt">
/// The time at which the server recorded the erasure, in UTC. Later commits of the same partition have later times.
/// </param>
public sealed record Erasure(
    string Id,
    string Account,
    string ErasedAs,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt);

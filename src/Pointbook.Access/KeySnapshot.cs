namespace Pointbook.Access;

/// <summary>The keys that are not revoked, at one moment. Immutable.</summary>
/// <param name="Version">The version of the keys.</param>
/// <param name="Keys">The keys, in no particular order.</param>
public sealed record KeySnapshot(KeyVersion Version, IReadOnlyList<ApiKey> Keys);

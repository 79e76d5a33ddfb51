namespace Pointbook.Access;

/// <summary>The keys that are not revoked, as they were at one moment. Immutable.</summary>
/// <param name="Version">The number of changes that led there; 0 if there never was a key.</param>
/// <param name="Keys">The keys, in no particular order.</param>
public sealed record KeySnapshot(long Version, IReadOnlyList<ApiKey> Keys);

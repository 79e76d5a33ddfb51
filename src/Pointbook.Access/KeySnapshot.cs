namespace Pointbook.Access;

/// <summary>The keys that are not revoked, as they were at one moment. Immutable.</summary>
/// <param name="Version">The state that they are.</param>
/// <param name="Keys">The keys, in no particular order.</param>
public sealed record KeySnapshot(KeyVersion Version, IReadOnlyList<ApiKey> Keys);

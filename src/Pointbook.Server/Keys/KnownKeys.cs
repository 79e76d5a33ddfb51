using System.Collections.Frozen;
using Pointbook.Access;
using Pointbook.Server.Security;

namespace Pointbook.Server.Keys;

/// <summary>The keys that are not revoked, as far as the server knows. Immutable.</summary>
internal sealed class KnownKeys
{
    private readonly FrozenDictionary<KeyId, KnownKey> _keys;

    private KnownKeys(KeyVersion version, long asOf, FrozenDictionary<KeyId, KnownKey> keys) => (Version, AsOf, _keys) = (version, asOf, keys);

    /// <summary>The state of the store that they are.</summary>
    public KeyVersion Version { get; }

    /// <summary>A time stamp of the clock: whatever was changed before it is in here.</summary>
    public long AsOf { get; }

    /// <summary>Takes what a store holds.</summary>
    public static KnownKeys From(KeySnapshot snapshot, long asOf) => new(
        snapshot.Version,
        asOf,
        snapshot.Keys.ToFrozenDictionary(key => key.Id, key => new KnownKey(key, new CallerPrincipal(Caller.Of(key)))));

    /// <summary>The same keys, seen again later.</summary>
    public KnownKeys SeenAgain(long asOf) => new(Version, asOf, _keys);

    /// <summary>Whoever holds a key; null if it is not the one that is kept, or none is.</summary>
    public CallerPrincipal? Find(KeySecret secret)
    {
        // Where there is nothing to compare with, the same work is done in vain, so that ids cannot be found by taking the time.
        KnownKey? known = _keys.GetValueOrDefault(secret.Id);
        return secret.Matches(known?.Key.Hash ?? default) ? known?.Holder : null;
    }

    /// <summary>Whether a key is not revoked.</summary>
    public bool Contains(KeyId id) => _keys.ContainsKey(id);

    private sealed record KnownKey(ApiKey Key, CallerPrincipal Holder);
}

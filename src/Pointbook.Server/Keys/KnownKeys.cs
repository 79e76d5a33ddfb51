using System.Collections.Frozen;
using Pointbook.Access;
using Pointbook.Server.Security;

namespace Pointbook.Server.Keys;

/// <summary>The unrevoked keys, as far as the server knows. Immutable.</summary>
internal sealed class KnownKeys
{
    private readonly FrozenDictionary<KeyId, KnownKey> _keys;

    private KnownKeys(KeyVersion version, long asOf, FrozenDictionary<KeyId, KnownKey> keys) => (Version, AsOf, _keys) = (version, asOf, keys);

    /// <summary>The version of the store that contains these keys.</summary>
    public KeyVersion Version { get; }

    /// <summary>A timestamp of the clock: all earlier changes are included.</summary>
    public long AsOf { get; }

    /// <summary>Creates it from a snapshot of a store.</summary>
    public static KnownKeys From(KeySnapshot snapshot, long asOf) => new(
        snapshot.Version,
        asOf,
        snapshot.Keys.ToFrozenDictionary(key => key.Id, key => new KnownKey(key, new CallerPrincipal(Caller.Of(key)))));

    /// <summary>The same keys, confirmed by a later look.</summary>
    public KnownKeys SeenAgain(long asOf) => new(Version, asOf, _keys);

    /// <summary>The holder of a key; null if the key is unknown or its secret does not match.</summary>
    public CallerPrincipal? Find(KeySecret secret)
    {
        // For an unknown id, the server does the same work, so that an attacker cannot find ids by measuring time.
        KnownKey? known = _keys.GetValueOrDefault(secret.Id);
        return secret.Matches(known?.Key.Hash ?? default) ? known?.Holder : null;
    }

    /// <summary>Whether a key is not revoked.</summary>
    public bool Contains(KeyId id) => _keys.ContainsKey(id);

    private sealed record KnownKey(ApiKey Key, CallerPrincipal Holder);
}

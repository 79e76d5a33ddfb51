namespace Pointbook.Access;

/// <summary>Stores API keys. Several processes may use one store at the same time. Thread-safe.</summary>
/// <remarks>
/// A store never deletes keys, so it always shows that it once had one. If the store fails, every method throws
/// <see cref="KeyStoreException"/>. After a failed change, the caller does not know whether the store made it.
/// </remarks>
public interface IKeyStore : IAsyncDisposable
{
    /// <summary>Reads the current version of the keys. It is cheap, and correct even after the store was restored from a backup.</summary>
    ValueTask<KeyVersion> ReadVersionAsync(CancellationToken cancellationToken);

    /// <summary>Reads the keys that are not revoked, expired ones included, with their version.</summary>
    ValueTask<KeySnapshot> ReadSnapshotAsync(CancellationToken cancellationToken);

    /// <summary>Adds a key. The change is durable before this returns.</summary>
    /// <param name="key">The key. It may already be revoked, as in a copy of a store.</param>
    /// <param name="countMax">The largest number of keys that are not revoked, this one included.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask<KeyAddition> AddAsync(ApiKey key, int countMax, CancellationToken cancellationToken);

    /// <summary>Revokes a key. The change is durable before this returns. A key that is already revoked does not change.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="at">The time of the revocation.</param>
    /// <param name="by">Who revokes it, as for <see cref="ApiKey.RevokedBy"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The key as it is now, or null if it is unknown.</returns>
    ValueTask<ApiKey?> RevokeAsync(KeyId id, Ledger.Values.Instant at, string? by, CancellationToken cancellationToken);

    /// <summary>Finds a key, revoked or not; null if it is unknown.</summary>
    ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken);

    /// <summary>Lists the keys in the order in which they were added, revoked ones included.</summary>
    /// <param name="after">The key after which to begin; null for the beginning. After an unknown key, the list is empty.</param>
    /// <param name="countMax">The largest number of keys to return.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken);
}

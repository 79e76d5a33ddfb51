namespace Pointbook.Access;

/// <summary>Where keys are kept. Several processes may use one at the same time. Thread-safe.</summary>
/// <remarks>
/// Keys are never deleted: a store that ever had one says so for ever. Every method fails with <see cref="KeyStoreException"/> if the
/// store does; after a failed change it is not known whether the change was made.
/// </remarks>
public interface IKeyStore : IAsyncDisposable
{
    /// <summary>The state that the keys are in. Cheap, and current when it is asked for, also after the store was restored from a backup.</summary>
    ValueTask<KeyVersion> ReadVersionAsync(CancellationToken cancellationToken);

    /// <summary>The keys that are not revoked, expired ones included, with the version that they are of.</summary>
    ValueTask<KeySnapshot> ReadSnapshotAsync(CancellationToken cancellationToken);

    /// <summary>Adds a key. It is durable before this returns.</summary>
    /// <param name="key">The key; one that is revoked already may be added as well, as when a store is copied.</param>
    /// <param name="countMax">How many keys that are not revoked there may be afterwards.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<KeyAddition> AddAsync(ApiKey key, int countMax, CancellationToken cancellationToken);

    /// <summary>Revokes a key. It is durable before this returns. What was revoked stays as it was.</summary>
    /// <param name="id">The key.</param>
    /// <param name="at">When.</param>
    /// <param name="by">By whom, as for <see cref="ApiKey.RevokedBy"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The key as it is now, or null if there is none.</returns>
    ValueTask<ApiKey?> RevokeAsync(KeyId id, Ledger.Values.Instant at, string? by, CancellationToken cancellationToken);

    /// <summary>A key, revoked or not; null if there is none.</summary>
    ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken);

    /// <summary>The keys, revoked ones included, in the order in which they were added.</summary>
    /// <param name="after">The key behind which to begin; null for the beginning. Behind one that is not there, there is nothing.</param>
    /// <param name="countMax">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken);
}

using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Keys;

/// <summary>Creates and revokes keys. This server applies a change before it answers. Thread-safe.</summary>
/// <remarks>Every method fails with <see cref="KeyStoreException"/> if the store does.</remarks>
internal sealed class KeyDesk(KeyRing ring, IOptions<KeyOptions> options, TimeProvider clock)
{
    /// <summary>The name in the log for a caller without a name, who changes keys in protected mode.</summary>
    public const string SomebodyHere = "A local client";

    /// <summary>The time by which keys expire.</summary>
    public Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    /// <summary>Creates a random secret.</summary>
    public static KeySecret NewSecret()
    {
        Span<byte> random = stackalloc byte[KeySecret.RandomLength];
        RandomNumberGenerator.Fill(random);
        return KeySecret.Create(random);
    }

    /// <summary>Creates a key.</summary>
    /// <param name="order">The requested key.</param>
    /// <param name="secret">The secret for the holder of the key.</param>
    /// <param name="by">The actor who creates it.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The key, and whether the store added it.</returns>
    public async Task<(ApiKey Key, KeyAddition Addition)> CreateAsync(
        KeyOrder order, KeySecret secret, string? by, CancellationToken cancellationToken)
    {
        ApiKey key = order.ToKey(secret, Now, by);
        KeyAddition addition = await ring.Store.AddAsync(key, options.Value.CountMax, cancellationToken);
        await ring.RefreshAsync();
        return (key, addition);
    }

    /// <summary>Revokes a key.</summary>
    /// <returns>The key after the change, or null if it does not exist.</returns>
    public async Task<ApiKey?> RevokeAsync(KeyId id, string? by, CancellationToken cancellationToken)
    {
        ApiKey? key = await ring.Store.RevokeAsync(id, Now, by, cancellationToken);
        await ring.RefreshAsync();
        return key;
    }

    /// <summary>Finds a key, revoked or not; null if it does not exist.</summary>
    public ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken) => ring.Store.FindAsync(id, cancellationToken);

    /// <summary>Lists the keys in order of creation, as <see cref="IKeyStore.ListAsync"/> does.</summary>
    public ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken) =>
        ring.Store.ListAsync(after, countMax, cancellationToken);
}

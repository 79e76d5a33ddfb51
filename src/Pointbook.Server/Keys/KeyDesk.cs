using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Keys;

/// <summary>Creates and revokes keys for this server, which knows of it before the answer is given. Thread-safe.</summary>
/// <remarks>Every method fails with <see cref="KeyStoreException"/> if the store does.</remarks>
internal sealed class KeyDesk(KeyRing ring, IOptions<KeyOptions> options, TimeProvider clock)
{
    /// <summary>What the log calls whoever changes keys and has no name, in protected mode.</summary>
    public const string SomebodyHere = "Somebody on this machine";

    /// <summary>The time by which keys expire.</summary>
    public Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    /// <summary>Makes a new secret.</summary>
    public static KeySecret NewSecret()
    {
        Span<byte> random = stackalloc byte[KeySecret.RandomLength];
        RandomNumberGenerator.Fill(random);
        return KeySecret.Create(random);
    }

    /// <summary>Creates a key.</summary>
    /// <param name="order">What it is to be like.</param>
    /// <param name="secret">What its holder will have.</param>
    /// <param name="by">Who creates it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The key, and whether it is there.</returns>
    public async Task<(ApiKey Key, KeyAddition Addition)> CreateAsync(
        KeyOrder order, KeySecret secret, string? by, CancellationToken cancellationToken)
    {
        ApiKey key = order.ToKey(secret, Now, by);
        KeyAddition addition = await ring.Store.AddAsync(key, options.Value.CountMax, cancellationToken);
        await ring.RefreshAsync();
        return (key, addition);
    }

    /// <summary>Revokes a key.</summary>
    /// <returns>The key as it is now, or null if there is none.</returns>
    public async Task<ApiKey?> RevokeAsync(KeyId id, string? by, CancellationToken cancellationToken)
    {
        ApiKey? key = await ring.Store.RevokeAsync(id, Now, by, cancellationToken);
        await ring.RefreshAsync();
        return key;
    }

    /// <summary>A key, revoked or not; null if there is none.</summary>
    public ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken) => ring.Store.FindAsync(id, cancellationToken);

    /// <summary>The keys in the order in which they were created, as <see cref="IKeyStore.ListAsync"/> gives them.</summary>
    public ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken) =>
        ring.Store.ListAsync(after, countMax, cancellationToken);
}

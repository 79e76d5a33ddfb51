using Pointbook.Access;
using Pointbook.Engine.Hosting;

namespace Pointbook.Server.Migrating;

/// <summary>Copies API keys, including revoked ones, and resumes an interrupted copy.</summary>
/// <param name="source">The source. The command line may change its keys meanwhile.</param>
/// <param name="target">The target.</param>
/// <param name="name">The name of the target in messages.</param>
internal sealed class KeyCopy(IKeyStore source, IKeyStore target, string name)
{
    private const int KeysPerRead = 200;

    /// <summary>Copies until the source no longer changes.</summary>
    /// <returns>The number of keys.</returns>
    /// <exception cref="StoreException">The target has other keys.</exception>
    /// <exception cref="KeyStoreException">A store failed.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            KeyVersion version = await source.ReadVersionAsync(cancellationToken);
            long count = await CopyAllAsync(cancellationToken);
            if (await source.ReadVersionAsync(cancellationToken) == version)
            {
                return count;
            }
        }
    }

    private async Task<long> CopyAllAsync(CancellationToken cancellationToken)
    {
        long count = 0;
        KeyId? last = null;
        IReadOnlyList<ApiKey> page;
        do
        {
            page = await source.ListAsync(last, KeysPerRead, cancellationToken);
            foreach (ApiKey key in page)
            {
                await CopyAsync(key, cancellationToken);
                (last, count) = (key.Id, count + 1);
            }
        }
        while (page.Count == KeysPerRead);

        return count;
    }

    private async Task CopyAsync(ApiKey key, CancellationToken cancellationToken)
    {
        ApiKey? copy = await target.FindAsync(key.Id, cancellationToken);
        if (copy is null)
        {
            KeyAddition addition = await target.AddAsync(key, int.MaxValue, cancellationToken);
            copy = addition == KeyAddition.Added ? key : throw OtherKeys(key);
        }

        if (copy.RevokedAt is null && key.RevokedAt is { } revokedAt)
        {
            // An operator revoked it after an interrupted copy.
            copy = await target.RevokeAsync(key.Id, revokedAt, key.RevokedBy, cancellationToken);
        }

        if (copy != key)
        {
            throw OtherKeys(key);
        }
    }

    private StoreException OtherKeys(ApiKey key) =>
        new($"{name} contains a different API key with the name or the id of {key.Name}. Drop the database, recreate it and migrate again.");
}

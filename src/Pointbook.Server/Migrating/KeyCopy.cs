using Pointbook.Access;
using Pointbook.Engine.Hosting;

namespace Pointbook.Server.Migrating;

/// <summary>Copies API keys, those that were revoked included, and goes on where a copy before was stopped.</summary>
/// <param name="source">Where the keys are. The command line may change them meanwhile.</param>
/// <param name="target">Where they are to be.</param>
/// <param name="name">What people call the target.</param>
internal sealed class KeyCopy(IKeyStore source, IKeyStore target, string name)
{
    private const int KeysPerRead = 200;

    /// <summary>Copies until the source stands still.</summary>
    /// <returns>How many keys there are.</returns>
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
            // It was revoked after a copy before that was stopped.
            copy = await target.RevokeAsync(key.Id, revokedAt, key.RevokedBy, cancellationToken);
        }

        if (copy != key)
        {
            throw OtherKeys(key);
        }
    }

    private StoreException OtherKeys(ApiKey key) =>
        new($"{name} has an API key of its own with the name or the id of {key.Name}; drop the database, create it anew and migrate again.");
}

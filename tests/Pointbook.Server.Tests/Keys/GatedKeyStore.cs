using Pointbook.Access;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Tests.Keys;

/// <summary>Keys in memory. A test can make reads fail or wait.</summary>
internal sealed class GatedKeyStore : IKeyStore
{
    private volatile KeySnapshot _snapshot = new(new KeyVersion(0, Guid.NewGuid()), []);
    private int _reads;

    public bool Fails { get; set; }

    /// <summary>Every read waits for this task.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Reads => _reads;

    /// <summary>Replaces the keys and sets the count of changes. The count may be the same as before.</summary>
    public void Set(long changes, params ApiKey[] keys) => _snapshot = new KeySnapshot(new KeyVersion(changes, Guid.NewGuid()), keys);

    public async ValueTask<KeyVersion> ReadVersionAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        KeyVersion version = _snapshot.Version;
        await Gate.WaitAsync(cancellationToken);
        return Fails ? throw new KeyStoreException("It fails.", new IOException()) : version;
    }

    public async ValueTask<KeySnapshot> ReadSnapshotAsync(CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        return Fails ? throw new KeyStoreException("It fails.", new IOException()) : _snapshot;
    }

    public ValueTask<KeyAddition> AddAsync(ApiKey key, int countMax, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ApiKey?> RevokeAsync(KeyId id, Instant at, string? by, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

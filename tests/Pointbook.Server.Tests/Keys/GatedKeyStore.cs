using Pointbook.Access;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Tests.Keys;

/// <summary>Keys in memory that can be made to fail, or to answer late.</summary>
internal sealed class GatedKeyStore : IKeyStore
{
    private volatile IReadOnlyList<ApiKey> _keys = [];
    private long _version;
    private int _reads;

    public bool Fails { get; set; }

    /// <summary>What every read waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Reads => _reads;

    public void Set(long version, params ApiKey[] keys)
    {
        _keys = keys;
        Interlocked.Exchange(ref _version, version);
    }

    public async ValueTask<long> ReadVersionAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        long version = Interlocked.Read(ref _version);
        await Gate.WaitAsync(cancellationToken);
        return Fails ? throw new KeyStoreException("It fails.", new IOException()) : version;
    }

    public async ValueTask<KeySnapshot> ReadSnapshotAsync(CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        return Fails ? throw new KeyStoreException("It fails.", new IOException()) : new KeySnapshot(Interlocked.Read(ref _version), _keys);
    }

    public ValueTask<KeyAddition> AddAsync(ApiKey key, int countMax, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ApiKey?> RevokeAsync(KeyId id, Instant at, string? by, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

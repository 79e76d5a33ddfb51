using Pointbook.Access;

namespace Pointbook.Server.CommandLine;

/// <summary>The keys that a command has opened.</summary>
/// <param name="Store">The keys. Disposing of this record disposes of them.</param>
/// <param name="Place">Their location: a file, or a database without user and password.</param>
/// <param name="HasLedger">Whether the store also has a ledger.</param>
/// <param name="CountMax">The maximum number of unrevoked keys.</param>
/// <param name="MarkAsync">Marks the ledger, if there is one, as secured; fails with <see cref="Engine.Hosting.StoreException"/>.</param>
internal sealed record OpenKeys(IKeyStore Store, string Place, bool HasLedger, int CountMax, Func<CancellationToken, Task> MarkAsync) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();
}

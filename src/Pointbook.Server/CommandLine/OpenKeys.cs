using Pointbook.Access;

namespace Pointbook.Server.CommandLine;

/// <summary>Keys that a command has open.</summary>
/// <param name="Store">The keys. Whoever opened them disposes of them.</param>
/// <param name="Place">Where they are: a file, or a database without user and password.</param>
/// <param name="HasLedger">Whether there is a ledger as well.</param>
/// <param name="CountMax">How many keys that are not revoked there may be.</param>
/// <param name="MarkAsync">Marks the ledger, if there is one, as secured; fails with <see cref="Engine.Hosting.StoreException"/>.</param>
internal sealed record OpenKeys(IKeyStore Store, string Place, bool HasLedger, int CountMax, Func<CancellationToken, Task> MarkAsync) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();
}

using System.Runtime.CompilerServices;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;

namespace Pointbook.Bench.Engine;

/// <summary>A projection that keeps nothing, which is enough as long as no account leaves memory and no key is used twice.</summary>
internal sealed class NullProjection : IProjection
{
    public ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken) => new(ProjectionPosition.Start);

    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (AccountRequest account in request.Accounts)
        {
            yield return new LoadedAccount(
                account.Account,
                account.WithState ? AccountSnapshot.Empty(account.Account) : null,
                new Dictionary<Ledger.Values.IdempotencyKey, KeyRecord>());
        }
    }

    public ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken) => new(true);

    public ValueTask ResetAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

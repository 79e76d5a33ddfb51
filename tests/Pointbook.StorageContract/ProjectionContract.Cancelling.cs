using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract;

/// <remarks>This part: callers who give up.</remarks>
public abstract partial class ProjectionContract
{
    private static readonly AccountId Anybody = AccountId.FromTrusted("a");

    public static TheoryData<string> Reads => [.. ReadsByName.Keys];

    private static Dictionary<string, Func<IProjection, CancellationToken, Task>> ReadsByName { get; } = new()
    {
        ["position"] = (projection, token) => projection.ReadPositionAsync(token).AsTask(),
        ["load"] = async (projection, token) =>
            await projection.LoadAsync(new LoadRequest([new AccountRequest(Anybody, true, [], [])], Sequence.Zero), token).GetAsyncEnumerator(token).MoveNextAsync(),
        ["operations"] = (projection, token) => projection.ListOperationsAsync(new OperationQuery(Anybody, 1), token).AsTask(),
        ["accounts"] = (projection, token) => projection.ListAccountsAsync("", null, 1, token).AsTask(),
        ["due sums"] = (projection, token) => projection.ReadDueAsync(Instant.MaxValue, token).AsTask(),
        ["due"] = (projection, token) => projection.ListDueAccountsAsync(Instant.MaxValue, 1, token).AsTask(),
    };

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_caller_who_has_given_up_reads_nothing_and_leaves_the_projection_readable(string name)
    {
        using CancellationTokenSource givenUp = new();
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadsByName[name](Projection, givenUp.Token));
        await ReadsByName[name](Projection, Token);
    }
}

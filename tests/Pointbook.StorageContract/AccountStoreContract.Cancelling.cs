using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract;

/// <remarks>This part: callers that cancel.</remarks>
public abstract partial class AccountStoreContract
{
    private static readonly AccountId AnyAccount = AccountId.FromTrusted("a");

    public static TheoryData<string> Reads => [.. ReadsByName.Keys];

    private static Dictionary<string, Func<IAccountStore, CancellationToken, Task>> ReadsByName { get; } = new()
    {
        ["position"] = (accountStore, token) => accountStore.ReadPositionAsync(token).AsTask(),
        ["load"] = async (accountStore, token) =>
            await accountStore.LoadAsync(new LoadRequest([new AccountRequest(AnyAccount, true, [], [])], Sequence.Zero), token).GetAsyncEnumerator(token).MoveNextAsync(),
        ["operations"] = (accountStore, token) => accountStore.ListOperationsAsync(new OperationQuery(AnyAccount, 1), token).AsTask(),
        ["accounts"] = (accountStore, token) => accountStore.ListAccountsAsync("", null, 1, token).AsTask(),
        ["due sums"] = (accountStore, token) => accountStore.ReadDueAsync(Instant.MaxValue, token).AsTask(),
        ["due"] = (accountStore, token) => accountStore.ListDueAccountsAsync(Instant.MaxValue, 1, token).AsTask(),
    };

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_cancelled_caller_reads_nothing_and_leaves_the_account_store_readable(string name)
    {
        using CancellationTokenSource givenUp = new();
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadsByName[name](AccountStore, givenUp.Token));
        await ReadsByName[name](AccountStore, Token);
    }
}

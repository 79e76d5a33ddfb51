using System.Collections.Concurrent;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: loads, also during rounds.</summary>
public abstract partial class AccountStoreContract
{
    [Fact]
    public async Task Accounts_with_few_lots_are_loaded_before_large_ones()
    {
        AddLots("giant", 3_000);
        AddLots("large", 60);
        AddLots("small", 1);
        Ledger.Add("empty", "P", 5);
        Ledger.Spend("empty", 5);
        await ApplyAsync(Ledger.Round());
        IReadOnlyList<AccountRequest> requests = RequestAll("giant", "small", "unknown", "large", "empty").Accounts;

        List<LoadedAccount> loaded = await StoreAssert.LoadAsync(AccountStore, [.. requests]);
        Assert.Equal([0, 0, 1, 60, 3_000], loaded.Select(account => account.Snapshot!.Lots.Count));
        Assert.Equal(requests.Select(request => request.Account).Order(), loaded.Select(account => account.Account).Order());
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_load_is_consistent_even_if_a_round_is_applied_meanwhile()
    {
        string[] names = ["a", "b", "c", "d"];
        foreach (string name in names)
        {
            RunExample(name);
        }

        await ApplyAsync(Ledger.Round());
        Dictionary<AccountId, AccountSnapshot> before = Snapshots();
        int seen = 0;
        await foreach (LoadedAccount loaded in AccountStore.LoadAsync(RequestAll(names), Token))
        {
            StoreAssert.Equal(before[loaded.Account], loaded.Snapshot);
            Assert.DoesNotContain(Given.Key("late"), loaded.Keys.Keys);
            if (seen++ == 0)
            {
                await ApplyChangesAsync(names);
            }
        }

        Assert.Equal(names.Length, seen);
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_load_that_relies_on_more_than_the_account_store_contains_fails()
    {
        RunExample("a");
        await ApplyAsync(Ledger.Round());
        LoadRequest request = RequestAll("a", "b");
        Assert.Equal(2, await CountAsync(request with { Through = Chain.Head.Last }));
        await Assert.ThrowsAsync<AccountStoreBehindException>(() => CountAsync(request with { Through = Chain.Next }));

        await AccountStore.ResetAsync(Token);
        await Assert.ThrowsAsync<AccountStoreBehindException>(() => CountAsync(request with { Through = new Sequence(1) }));
        await ApplyAsync(SnapshotRound.From(Chain.Commits));
        Assert.Equal(2, await CountAsync(request with { Through = Chain.Head.Last }));
    }

    [Fact]
    public async Task An_abandoned_load_does_not_affect_later_loads()
    {
        RunExample("a");
        RunExample("b");
        await ApplyAsync(Ledger.Round());
        for (int times = 0; times < 3; times++)
        {
            await foreach (LoadedAccount _ in AccountStore.LoadAsync(RequestAll("a", "b"), Token))
            {
                break;
            }

            await ApplyChangesAsync("a", "b");
            await AssertIsLedgerAsync();
        }
    }

    [Fact]
    public async Task A_cancelled_load_ends_and_does_not_affect_later_loads()
    {
        RunExample("a");
        RunExample("b");
        await ApplyAsync(Ledger.Round());
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (LoadedAccount _ in AccountStore.LoadAsync(RequestAll("a", "b"), cancelled.Token))
            {
            }
        });
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task Loads_during_rounds_see_each_account_as_of_the_end_of_a_round()
    {
        string[] names = ["a", "b", "c"];
        ConcurrentDictionary<(AccountId, Sequence), AccountSnapshot> moments = new();
        using CancellationTokenSource written = new();
        Task<int>[] loaders = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => LoadUntilAsync(names, moments, written.Token), Token))];
        for (int round = 0; round < 40; round++)
        {
            Ledger.Add(names[round % 3], "P", 10, day: -round);
            Ledger.Add(names[round % 3], "P", -1);
            Ledger.Spend(names[(round + 1) % 3], 6);
            foreach (AccountSnapshot snapshot in Snapshots().Values)
            {
                moments[(snapshot.Account, snapshot.StandsAt)] = snapshot;
            }

            await ApplyAsync(Ledger.Round());
        }

        await written.CancelAsync();
        Assert.All(await Task.WhenAll(loaders), loads => Assert.True(loads > 0));
        await AssertIsLedgerAsync();
    }

    private async Task<int> CountAsync(LoadRequest request)
    {
        int count = 0;
        await foreach (LoadedAccount _ in AccountStore.LoadAsync(request, Token))
        {
            count++;
        }

        return count;
    }

    private static LoadRequest RequestAll(params string[] names) =>
        new([.. names.Select(name => new AccountRequest(Given.Account(name), true, [Given.Key("late")], []))], Sequence.Zero);

    private async Task<int> LoadUntilAsync(
        string[] names, ConcurrentDictionary<(AccountId, Sequence), AccountSnapshot> moments, CancellationToken written)
    {
        int loads = 0;
        do
        {
            await foreach (LoadedAccount loaded in AccountStore.LoadAsync(RequestAll(names), Token))
            {
                AccountSnapshot snapshot = loaded.Snapshot!;
                StoreAssert.Equal(
                    snapshot.StandsAt == Sequence.Zero ? AccountSnapshot.Empty(loaded.Account) : moments[(loaded.Account, snapshot.StandsAt)],
                    snapshot);
            }

            loads++;
        }
        while (!written.IsCancellationRequested);
        return loads;
    }

    private Dictionary<AccountId, AccountSnapshot> Snapshots() =>
        Ledger.States.Values.Select(state => state.ToSnapshot()).ToDictionary(snapshot => snapshot.Account);

    private void AddLots(string account, int count)
    {
        for (int lot = 0; lot < count; lot++)
        {
            Ledger.Add(account, "P", 1 + lot, day: lot % 7);
        }
    }

    private async Task ApplyChangesAsync(params string[] names)
    {
        foreach (string name in names)
        {
            Ledger.Spend(name, 1);
            Ledger.Add(name, "NEW", 5, day: -1, key: $"late{Chain.Next}");
        }

        await ApplyAsync(Ledger.Round());
    }
}

using System.Collections.Concurrent;
using Pointbook.Access;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: concurrent changes of the keys.</summary>
public abstract partial class KeyStoreContract
{
    [Fact]
    public async Task Two_stores_at_one_location_see_the_changes_of_each_other_at_once()
    {
        IKeyStore other = await OpenAnotherAsync();
        for (int number = 1; number <= 10; number++)
        {
            await AddAsync(GivenKey.Active(number));
            Assert.Equal((2 * number) - 1, (await other.ReadVersionAsync(Token)).Changes);
            Assert.Equal(GivenKey.Id(number), Assert.Single((await other.ReadSnapshotAsync(Token)).Keys).Id);

            await other.RevokeAsync(GivenKey.Id(number), Given.Time, null, Token);
            Assert.Equal(2 * number, (await Store.ReadVersionAsync(Token)).Changes);
            Assert.Equal(Given.Time, (await Store.FindAsync(GivenKey.Id(number), Token))!.RevokedAt);
            Assert.Empty((await Store.ReadSnapshotAsync(Token)).Keys);
        }
    }

    [Fact]
    public async Task Concurrent_additions_never_exceed_the_allowed_number_of_keys()
    {
        const int CountMax = 7;
        KeyAddition[] additions = await RaceAsync(30, (store, number) => store.AddAsync(GivenKey.Active(number), CountMax, Token));
        Assert.Equal(CountMax, additions.Count(addition => addition == KeyAddition.Added));
        Assert.Equal(additions.Length - CountMax, additions.Count(addition => addition == KeyAddition.TooMany));
        Assert.Equal(CountMax, (await Store.ReadSnapshotAsync(Token)).Keys.Count);
        Assert.Equal(CountMax, (await Store.ReadVersionAsync(Token)).Changes);
    }

    [Fact]
    public async Task Of_concurrent_additions_with_one_name_one_succeeds()
    {
        KeyAddition[] additions = await RaceAsync(30, (store, number) => store.AddAsync(GivenKey.Active(number, $"name{number % 3}"), NoLimit, Token));
        Assert.Equal(3, additions.Count(addition => addition == KeyAddition.Added));
        Assert.Equal(additions.Length - 3, additions.Count(addition => addition == KeyAddition.NameTaken));
        Assert.Equal(
            ["name0", "name1", "name2"],
            (await Store.ReadSnapshotAsync(Token)).Keys.Select(key => key.Name.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_concurrent_additions_with_one_id_one_succeeds()
    {
        KeyAddition[] additions = await RaceAsync(20, (store, number) => store.AddAsync(GivenKey.Active(1, $"name{number}"), NoLimit, Token));
        Assert.Single(additions, addition => addition == KeyAddition.Added);
        Assert.Single(await Store.ListAsync(null, NoLimit, Token));
    }

    [Fact]
    public async Task Of_concurrent_revocations_one_counts_and_all_callers_get_it()
    {
        await AddAsync(GivenKey.Active(1));
        ApiKey?[] answers = await RaceAsync(20, (store, number) =>
            store.RevokeAsync(GivenKey.Id(1), Given.Time.PlusClamped(TimeSpan.FromSeconds(number)), $"by{number}", Token));
        ApiKey? standing = await Store.FindAsync(GivenKey.Id(1), Token);
        Assert.NotNull(standing?.RevokedAt);
        Assert.All(answers, answer => Assert.Equal(standing, answer));
        Assert.Equal(2, (await Store.ReadVersionAsync(Token)).Changes);
    }

    [Fact]
    public async Task A_snapshot_during_changes_contains_exactly_the_changes_up_to_its_version()
    {
        const int Adders = 4;
        const int KeysOfEach = 12;
        IKeyStore[] stores = [Store, await OpenAnotherAsync(), await OpenAnotherAsync()];
        ConcurrentBag<KeySnapshot> seen = [];
        using CancellationTokenSource done = new();
        Task[] watchers = [.. stores.Select(store => Task.Run(() => WatchAsync(store, seen, done.Token), Token))];
        await Task.WhenAll(Enumerable.Range(0, Adders).Select(adder => Task.Run(
            async () =>
            {
                for (int index = 0; index < KeysOfEach; index++)
                {
                    long number = (adder * KeysOfEach) + index;
                    Assert.Equal(KeyAddition.Added, await stores[adder % 2].AddAsync(GivenKey.Active(number), NoLimit, Token));
                    if (index % 3 != 0)
                    {
                        await stores[(adder + 1) % 2].RevokeAsync(GivenKey.Id(number), Given.Time, null, Token);
                    }
                }
            },
            Token)));
        await done.CancelAsync();
        await Task.WhenAll(watchers);

        seen.Add(await Store.ReadSnapshotAsync(Token));
        AssertIsHistory([.. seen.OrderBy(snapshot => snapshot.Version.Changes)], await Store.ListAsync(null, NoLimit, Token));
    }

    private static async Task WatchAsync(IKeyStore store, ConcurrentBag<KeySnapshot> seen, CancellationToken done)
    {
        long last = 0;
        while (!done.IsCancellationRequested)
        {
            long before = (await store.ReadVersionAsync(Token)).Changes;
            KeySnapshot snapshot = await store.ReadSnapshotAsync(Token);
            long after = (await store.ReadVersionAsync(Token)).Changes;
            Assert.InRange(before, last, snapshot.Version.Changes);
            Assert.InRange(snapshot.Version.Changes, before, after);
            last = after;
            seen.Add(snapshot);
            // A store may answer without ever waiting. Then the other tasks would not run.
            await Task.Yield();
        }
    }

    /// <summary>
    /// The version is the number of additions plus revocations, and the number of keys is their difference, so both follow.
    /// The additions must be the first of the list, and a revoked key must never return.
    /// </summary>
    private static void AssertIsHistory(List<KeySnapshot> snapshots, IReadOnlyList<ApiKey> added)
    {
        HashSet<KeyId> revoked = [];
        foreach (KeySnapshot snapshot in snapshots)
        {
            Assert.Equal(0, (snapshot.Version.Changes + snapshot.Keys.Count) % 2);
            int additions = (int)(snapshot.Version.Changes + snapshot.Keys.Count) / 2;
            HashSet<KeyId> missing = [.. added.Take(additions).Select(key => key.Id)];
            Assert.All(snapshot.Keys, key => Assert.True(missing.Remove(key.Id)));
            Assert.Superset(revoked, missing);
            revoked = missing;
        }

        Assert.Equal(added.Where(key => key.RevokedAt is not null).Select(key => key.Id).ToHashSet(), revoked);
    }

    /// <summary>Runs this many tasks on two stores at the same time.</summary>
    private async Task<T[]> RaceAsync<T>(int count, Func<IKeyStore, int, ValueTask<T>> use)
    {
        IKeyStore[] stores = [Store, await OpenAnotherAsync()];
        TaskCompletionSource start = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<T>[] uses = [.. Enumerable.Range(0, count).Select(async number =>
        {
            await start.Task;
            return await Task.Run(async () => await use(stores[number % 2], number), Token);
        })];
        start.SetResult();
        return await Task.WhenAll(uses);
    }
}

using Pointbook.Access;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>What every store of API keys must do. A store's tests inherit it.</summary>
/// <remarks>This part: sequential changes.</remarks>
public abstract partial class KeyStoreContract : IAsyncLifetime
{
    private const int NoLimit = 1_000;

    private readonly List<IKeyStore> _open = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private IKeyStore Store => _open[0];

    public async ValueTask InitializeAsync()
    {
        await CreatePlaceAsync();
        await OpenAnotherAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await RemovePlaceAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a place without keys.</summary>
    protected abstract Task CreatePlaceAsync();

    /// <summary>Opens a store on the place, which may already be open.</summary>
    protected abstract Task<IKeyStore> OpenAsync();

    /// <summary>Removes the place once everything is closed.</summary>
    protected abstract Task RemovePlaceAsync();

    [Fact]
    public async Task A_store_that_never_had_a_key_has_version_0_and_finds_nothing()
    {
        await AssertHoldsAsync(0);
        await ReopenAsync();
        await AssertHoldsAsync(0);
        Assert.Null(await Store.FindAsync(GivenKey.Id(1), Token));
        Assert.Null(await Store.RevokeAsync(GivenKey.Id(1), Given.Time, "root", Token));
        Assert.Equal(0, (await Store.ReadVersionAsync(Token)).Changes);
    }

    [Fact]
    public async Task Added_keys_are_found_before_and_after_reopening()
    {
        await AddAsync(GivenKey.Active(1), GivenKey.Active(2).Expired());
        await AssertHoldsAsync(2, GivenKey.Active(1), GivenKey.Active(2).Expired());
        await ReopenAsync();
        await AssertHoldsAsync(2, GivenKey.Active(1), GivenKey.Active(2).Expired());
    }

    [Fact]
    public async Task A_revoked_key_is_listed_and_found_but_not_in_the_snapshot()
    {
        await AddAsync(GivenKey.Active(1), GivenKey.Active(2));
        ApiKey revoked = GivenKey.Active(1).Revoked();
        Assert.Equal(revoked, await Store.RevokeAsync(revoked.Id, revoked.RevokedAt!.Value, revoked.RevokedBy, Token));
        await AssertHoldsAsync(3, revoked, GivenKey.Active(2));
        await ReopenAsync();
        await AssertHoldsAsync(3, revoked, GivenKey.Active(2));
    }

    [Fact]
    public async Task Each_state_has_its_own_stamp_which_only_a_change_changes()
    {
        List<KeyVersion> versions = [await ReadVersionTwiceAsync()];
        for (int number = 1; number <= 5; number++)
        {
            await AddAsync(GivenKey.Active(number));
            versions.Add(await ReadVersionTwiceAsync());
            await RevokeAsync(number);
            versions.Add(await ReadVersionTwiceAsync());
        }

        Assert.Equal(versions.Count, versions.DistinctBy(version => version.Stamp).Count());
        Assert.DoesNotContain(versions, version => version.Stamp == Guid.Empty);

        await RevokeAsync(1);
        Assert.Equal(KeyAddition.NameTaken, await Store.AddAsync(GivenKey.Active(1), NoLimit, Token));
        await ReopenAsync();
        Assert.Equal(versions[^1], await ReadVersionTwiceAsync());
    }

    [Fact]
    public async Task After_all_keys_are_revoked_the_version_still_shows_that_keys_existed()
    {
        await AddAsync(GivenKey.Active(1));
        await RevokeAsync(1);
        await ReopenAsync();
        Assert.Equal(2, (await Store.ReadVersionAsync(Token)).Changes);
        KeySnapshot snapshot = await Store.ReadSnapshotAsync(Token);
        Assert.Equal(2, snapshot.Version.Changes);
        Assert.Empty(snapshot.Keys);
    }

    [Fact]
    public async Task A_second_revocation_changes_neither_the_first_one_nor_the_version()
    {
        await AddAsync(GivenKey.Active(1));
        ApiKey revoked = await RevokeAsync(1);
        Assert.Equal(revoked, await Store.RevokeAsync(revoked.Id, Given.Time.PlusClamped(TimeSpan.FromDays(9)), "somebody else", Token));
        await AssertHoldsAsync(2, revoked);
    }

    [Fact]
    public async Task A_key_can_be_revoked_without_an_actor()
    {
        await AddAsync(GivenKey.Active(1));
        ApiKey? revoked = await Store.RevokeAsync(GivenKey.Id(1), Given.Time, null, Token);
        Assert.Equal(GivenKey.Active(1) with { RevokedAt = Given.Time }, revoked);
        await AssertHoldsAsync(2, revoked!);
    }

    [Fact]
    public async Task The_name_of_a_key_is_in_use_until_the_key_is_revoked()
    {
        await AddAsync(GivenKey.Active(1, "till"));
        Assert.Equal(KeyAddition.NameTaken, await Store.AddAsync(GivenKey.Active(2, "till"), NoLimit, Token));
        await AssertHoldsAsync(1, GivenKey.Active(1, "till"));

        ApiKey revoked = await RevokeAsync(1);
        await AddAsync(GivenKey.Active(2, "till"));
        await AssertHoldsAsync(3, revoked, GivenKey.Active(2, "till"));
    }

    [Fact]
    public async Task An_expired_key_keeps_its_name()
    {
        await AddAsync(GivenKey.Active(1, "till").Expired());
        Assert.Equal(KeyAddition.NameTaken, await Store.AddAsync(GivenKey.Active(2, "till"), NoLimit, Token));
    }

    [Fact]
    public async Task Names_differ_by_case()
    {
        await AddAsync(GivenKey.Active(1, "till"), GivenKey.Active(2, "Till"));
        await AssertHoldsAsync(2, GivenKey.Active(1, "till"), GivenKey.Active(2, "Till"));
    }

    [Fact]
    public async Task An_id_is_never_used_twice()
    {
        await AddAsync(GivenKey.Active(1));
        Assert.Equal(KeyAddition.NameTaken, await Store.AddAsync(GivenKey.Active(1, "another"), NoLimit, Token));
        ApiKey revoked = await RevokeAsync(1);
        Assert.Equal(KeyAddition.NameTaken, await Store.AddAsync(GivenKey.Active(1, "another"), NoLimit, Token));
        Assert.Equal(KeyAddition.NameTaken, await Store.AddAsync(GivenKey.Active(1, "another").Revoked(), NoLimit, Token));
        await AssertHoldsAsync(2, revoked);
    }

    [Fact]
    public async Task A_key_is_added_only_up_to_the_allowed_number_of_keys()
    {
        Assert.Equal(KeyAddition.TooMany, await Store.AddAsync(GivenKey.Active(1), 0, Token));
        Assert.Equal(KeyAddition.Added, await Store.AddAsync(GivenKey.Active(1), 2, Token));
        Assert.Equal(KeyAddition.Added, await Store.AddAsync(GivenKey.Active(2).Expired(), 2, Token));
        Assert.Equal(KeyAddition.TooMany, await Store.AddAsync(GivenKey.Active(3), 2, Token));
        Assert.Equal(KeyAddition.TooMany, await Store.AddAsync(GivenKey.Active(3), 1, Token));
        await AssertHoldsAsync(2, GivenKey.Active(1), GivenKey.Active(2).Expired());

        ApiKey revoked = await RevokeAsync(1);
        Assert.Equal(KeyAddition.Added, await Store.AddAsync(GivenKey.Active(3), 2, Token));
        await AssertHoldsAsync(4, revoked, GivenKey.Active(2).Expired(), GivenKey.Active(3));
    }

    [Fact]
    public async Task A_key_that_is_added_as_revoked_uses_neither_a_name_nor_a_place()
    {
        await AddAsync(GivenKey.Active(1, "till"));
        Assert.Equal(KeyAddition.Added, await Store.AddAsync(GivenKey.Active(2, "till").Revoked(), 1, Token));
        Assert.Equal(KeyAddition.Added, await Store.AddAsync(GivenKey.Active(3, "till").Revoked(), 0, Token));
        await AssertHoldsAsync(3, GivenKey.Active(1, "till"), GivenKey.Active(2, "till").Revoked(), GivenKey.Active(3, "till").Revoked());
    }

    [Fact]
    public async Task Keys_are_listed_page_by_page_in_the_order_in_which_they_were_added()
    {
        int[] numbers = [5, 3, 9, 1, 7];
        await AddAsync([.. numbers.Select(number => GivenKey.Active(number))]);
        await RevokeAsync(9);
        Assert.Equal([5, 3], await ListAsync(null, 2));
        Assert.Equal([9, 1], await ListAsync(3, 2));
        Assert.Equal([7], await ListAsync(1, 2));
        Assert.Empty(await ListAsync(7, 2));
        Assert.Empty(await ListAsync(null, 0));
        Assert.Empty(await ListAsync(4, 2));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_changes_nothing()
    {
        await AddAsync(GivenKey.Active(1));
        CancellationToken cancelled = new(canceled: true);
        Func<Task>[] uses =
        [
            async () => await Store.AddAsync(GivenKey.Active(2), NoLimit, cancelled),
            async () => await Store.RevokeAsync(GivenKey.Id(1), Given.Time, null, cancelled),
            async () => await Store.FindAsync(GivenKey.Id(1), cancelled),
            async () => await Store.ListAsync(null, 1, cancelled),
            async () => await Store.ReadSnapshotAsync(cancelled),
            async () => await Store.ReadVersionAsync(cancelled),
        ];
        foreach (Func<Task> use in uses)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(use);
        }

        await AssertHoldsAsync(1, GivenKey.Active(1));
    }

    private async Task<IKeyStore> OpenAnotherAsync()
    {
        IKeyStore store = await OpenAsync();
        _open.Add(store);
        return store;
    }

    private async Task CloseAsync()
    {
        foreach (IKeyStore store in _open)
        {
            await store.DisposeAsync();
        }

        _open.Clear();
    }

    private async Task ReopenAsync()
    {
        await CloseAsync();
        await OpenAnotherAsync();
    }

    private async Task AddAsync(params ApiKey[] keys)
    {
        foreach (ApiKey key in keys)
        {
            Assert.Equal(KeyAddition.Added, await Store.AddAsync(key, NoLimit, Token));
        }
    }

    private async Task<KeyVersion> ReadVersionTwiceAsync()
    {
        KeyVersion version = await Store.ReadVersionAsync(Token);
        Assert.Equal(version, (await Store.ReadSnapshotAsync(Token)).Version);
        return version;
    }

    private async Task<ApiKey> RevokeAsync(long number)
    {
        ApiKey? key = await Store.RevokeAsync(GivenKey.Id(number), Given.Time.PlusClamped(TimeSpan.FromDays(2)), "admin", Token);
        Assert.NotNull(key?.RevokedAt);
        return key;
    }

    private async Task<IEnumerable<int>> ListAsync(int? after, int countMax) =>
        from key in await Store.ListAsync(after is null ? null : GivenKey.Id(after.Value), countMax, Token)
        select Convert.ToInt32(key.Id.Value, 16);

    /// <summary>Reads with every query and compares.</summary>
    private async Task AssertHoldsAsync(long version, params ApiKey[] keys)
    {
        Assert.Equal(version, (await Store.ReadVersionAsync(Token)).Changes);
        Assert.Equal<ApiKey>(keys, await Store.ListAsync(null, NoLimit, Token));
        KeySnapshot snapshot = await Store.ReadSnapshotAsync(Token);
        Assert.Equal(version, snapshot.Version.Changes);
        Assert.Equal(
            keys.Where(key => key.RevokedAt is null).OrderBy(key => key.Id.Value, StringComparer.Ordinal),
            snapshot.Keys.OrderBy(key => key.Id.Value, StringComparer.Ordinal));
        foreach (ApiKey key in keys)
        {
            Assert.Equal(key, await Store.FindAsync(key.Id, Token));
        }
    }
}

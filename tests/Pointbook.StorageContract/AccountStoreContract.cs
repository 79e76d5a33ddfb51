using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>What every account store must do. A store's tests inherit it.</summary>
/// <remarks>This part: positions, loading, and the results of single rounds.</remarks>
public abstract partial class AccountStoreContract : IAsyncLifetime
{
    private StoreHost? _host;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected StoreHost Host => _host ?? throw new InvalidOperationException("The test has not begun.");

    protected IAccountStore AccountStore => Host.AccountStore;

    private CommitChain Chain { get; set; } = new(TimeProvider.System);

    private ScriptedLedger Ledger { get; set; } = new(new CommitChain(TimeProvider.System));

    public async ValueTask InitializeAsync()
    {
        _host = CreateHost();
        Chain = new CommitChain(_host.Clock);
        Ledger = new ScriptedLedger(Chain);
        await _host.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract StoreHost CreateHost();

    [Fact]
    public async Task The_position_of_a_new_account_store_is_the_start_of_the_journal()
    {
        Assert.Equal(AccountStorePosition.Start, await AccountStore.ReadPositionAsync(Token));
        Assert.Empty((await Host.ReadTablesAsync()).Accounts);
    }

    [Fact]
    public async Task An_unknown_account_is_loaded_as_an_empty_account()
    {
        AccountId account = Given.Account("nobody");
        LoadedAccount loaded = Assert.Single(await StoreAssert.LoadAsync(AccountStore, new AccountRequest(account, true, [Given.Key("k")], [])));
        Assert.Equal(account, loaded.Account);
        StoreAssert.Equal(AccountSnapshot.Empty(account), loaded.Snapshot);
        Assert.Empty(loaded.Keys);
    }

    [Fact]
    public async Task A_state_that_was_not_requested_is_not_loaded()
    {
        Ledger.Add("a", "P", 5, key: "k");
        await ApplyAsync(Ledger.Round());
        LoadedAccount loaded = Assert.Single(await StoreAssert.LoadAsync(AccountStore, new AccountRequest(Given.Account("a"), false, [Given.Key("k")], [])));
        Assert.Null(loaded.Snapshot);
        Assert.Single(loaded.Keys);
    }

    [Fact]
    public async Task A_round_moves_position_and_target_to_its_end()
    {
        Ledger.Add("a", "P", 5);
        Ledger.Add("b", "P", 5);
        await ApplyAsync(Ledger.Round());
        Assert.Equal(
            new AccountStorePosition(new Sequence(2), Chain.Head.Seal, new Sequence(2), Chain.Head.Seal),
            await AccountStore.ReadPositionAsync(Token));
    }

    [Fact]
    public async Task Stored_rows_survive_closing_and_reopening()
    {
        await RunHistoryAsync();
        Ledger.Hold("b", 4);
        await ApplyAsync(Ledger.Round());
        AccountStoreTables before = await Host.ReadTablesAsync();
        IReadOnlyList<Sequence> operations = await ListAsync(new OperationQuery(Given.Account("a"), 100));
        await Host.OpenAsync();
        StoreAssert.Equal(before, await Host.ReadTablesAsync());
        Assert.Equal(operations, await ListAsync(new OperationQuery(Given.Account("a"), 100)));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_loaded_account_equals_the_live_one_including_the_order_of_payers_and_lots()
    {
        RunExample("a");
        await ApplyAsync(Ledger.Round());
        AccountSnapshot snapshot = await LoadAsync("a");
        Assert.Equal(["DANNON", "UNILEVER", "MILLER COORS"], snapshot.Payers.Select(payer => payer.Name.Value));
        Assert.Equal([1000, 0, 5300], snapshot.Payers.Select(payer => payer.Balance.Value));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_payer_that_returns_after_a_flush_has_a_new_place()
    {
        Ledger.Add("a", "P", 5);
        Ledger.Add("a", "Q", 5);
        await ApplyAsync(Ledger.Round());
        Ledger.Flush("a");
        Ledger.Add("a", "Q", 7);
        Ledger.Add("a", "P", 8);
        await ApplyAsync(Ledger.Round());
        Assert.Equal(["Q", "P"], (await LoadAsync("a")).Payers.Select(payer => payer.Name.Value));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_flush_leaves_no_lots_and_no_lines_and_archives_earlier_entries()
    {
        RunExample("a");
        RunExample("b");
        await ApplyAsync(Ledger.Round());
        Ledger.Flush("a");
        Sequence flushed = Chain.Head.Last.Plus(Ledger.Uncommitted);
        await ApplyAsync(Ledger.Round());

        AccountTables tables = (await Host.ReadTablesAsync()).Accounts[0];
        Assert.Empty(tables.Snapshot.Payers);
        Assert.Empty(tables.Snapshot.Lots);
        Assert.Equal((flushed, flushed), (tables.Snapshot.StandsAt, tables.Snapshot.FlushedThrough));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task Entries_of_a_round_with_several_flushes_are_archived_up_to_the_last_flush()
    {
        Ledger.Add("a", "P", 5);
        Ledger.Flush("a");
        Ledger.Add("a", "P", 6);
        Ledger.Add("a", "Q", 7);
        Ledger.Flush("a");
        Ledger.Flush("a");
        Ledger.Add("a", "Q", 8);
        Ledger.Spend("a", 3);
        await ApplyAsync(Ledger.Round());

        AccountTables tables = Assert.Single((await Host.ReadTablesAsync()).Accounts);
        Assert.Equal((new Sequence(6), new Sequence(2)), (tables.Snapshot.FlushedThrough, tables.Snapshot.FlushedThroughBefore));
        Assert.Equal([1, 2, 3, 4, 5, 7, 8], tables.Operations.Select(operation => operation.Value));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_used_key_is_found_only_in_its_account_and_also_after_a_flush()
    {
        Ledger.Add("a", "P", 5, key: "one");
        Ledger.Add("b", "P", 6, key: "one");
        Ledger.Spend("a", 2, key: "two");
        await ApplyAsync(Ledger.Round());
        Ledger.Flush("a", key: "three");
        await ApplyAsync(Ledger.Round());

        IdempotencyKey[] asked = [Given.Key("one"), Given.Key("two"), Given.Key("three"), Given.Key("four"), Given.Key("ONE")];
        List<LoadedAccount> loaded = await StoreAssert.LoadAsync(
            AccountStore, new AccountRequest(Given.Account("a"), true, asked, []), new AccountRequest(Given.Account("b"), true, asked, []));
        Assert.Equal([("one", 1), ("three", 5), ("two", 3)], KeysOf(loaded, "a"));
        Assert.Equal([("one", 2)], KeysOf(loaded, "b"));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task Only_requested_keys_are_loaded()
    {
        Ledger.Add("a", "P", 5, key: "one");
        Ledger.Add("a", "P", 5, key: "two");
        await ApplyAsync(Ledger.Round());
        List<LoadedAccount> loaded = await StoreAssert.LoadAsync(AccountStore, new AccountRequest(Given.Account("a"), true, [Given.Key("two")], []));
        Assert.Equal([("two", 2)], KeysOf(loaded, "a"));
    }

    [Fact]
    public async Task Intermediate_sums_of_a_round_can_exceed_64_bits()
    {
        Assert.True(Ledger.Add("a", "P", 100));
        Assert.True(Ledger.Add("a", "P", -99));
        Assert.True(Ledger.Add("a", "P", long.MaxValue - 1));
        Assert.True(Ledger.Spend("a", long.MaxValue));
        Assert.True(Ledger.Add("a", "P", long.MaxValue));
        await ApplyAsync(Ledger.Round());
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task The_spelling_of_payers_is_kept()
    {
        foreach (string payer in new[] { "p", "P", "O'Brien", "日本生命", "\U0001F600", "\uFFFD", new string('x', 200) })
        {
            Ledger.Add("a", payer, 5);
        }

        await ApplyAsync(Ledger.Round());
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_reset_empties_all_tables_and_the_journal_refills_them()
    {
        await RunHistoryAsync();
        RunExample("a");
        Ledger.Hold("a", 10);
        Ledger.Flush("a", key: "k");
        RunExample("b");
        Ledger.Hold("b", 10);
        await ApplyAsync(Ledger.Round());
        AccountStoreTables before = await Host.ReadTablesAsync();
        await AccountStore.ResetAsync(Token);

        AccountStoreTables empty = await Host.ReadTablesAsync();
        Assert.Equal(AccountStorePosition.Start, empty.Position);
        Assert.Empty(empty.Accounts);
        Assert.Empty(await ListAsync(new OperationQuery(Given.Account("a"), 100)));
        Assert.Empty(await ReadPageAsync("", null, 100));
        Assert.Empty(await ListDueAsync(Instant.MaxValue, 100));
        Assert.Empty(Assert.Single(await StoreAssert.LoadAsync(AccountStore, new AccountRequest(Given.Account("a"), true, [Given.Key("k")], []))).Keys);
        await ApplyAsync(SnapshotRound.From(Chain.Commits));
        StoreAssert.Equal(before, await Host.ReadTablesAsync());
    }

    private static IEnumerable<(string, long)> KeysOf(List<LoadedAccount> loaded, string account) => loaded
        .Single(item => item.Account == Given.Account(account)).Keys
        .Select(pair => (pair.Key.Value, pair.Value.Operation.Value))
        .Order();

    /// <summary>The worked example of the rules.</summary>
    private void RunExample(string account)
    {
        Ledger.Add(account, "DANNON", 1000, day: 4);
        Ledger.Add(account, "UNILEVER", 200, day: 1, key: "u");
        Ledger.Add(account, "DANNON", -200, day: 2);
        Ledger.Add(account, "MILLER COORS", 10_000, day: 3);
        Ledger.Add(account, "DANNON", 300);
        Ledger.Spend(account, 5000, key: "s");
    }

    private async Task ApplyAsync(SnapshotRound round) => Assert.True(await AccountStore.ApplyAsync(round, Token));

    private async Task<AccountSnapshot> LoadAsync(string account) =>
        Assert.Single(await StoreAssert.LoadAsync(AccountStore, new AccountRequest(Given.Account(account), true, [], []))).Snapshot!;

    /// <summary>Asserts that the tables match all commits so far.</summary>
    private async Task AssertIsLedgerAsync() => await Expected.AssertAsync(Host, Chain, Ledger);
}

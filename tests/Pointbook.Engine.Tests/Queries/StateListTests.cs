using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Queries;

/// <summary>Lists of accounts and lots come from the account store. The queries ask the partition only for its head.</summary>
public sealed class StateListTests
{
    private const int AccountDamaged = 1024;

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_of_fifty_accounts_takes_one_place_in_the_queue_and_loads_no_account()
    {
        MemoryJournal store = new(_clock);
        MemoryAccountStore accountStore = new();
        await FillAsync(store, accountStore);
        await using Node node = await Node.StartAsync(store, accountStore, _clock, new PartitionOptions { WaitingMax = 1 });
        int loads = 0;
        node.Gate.BeforeLoad = () => Task.FromResult(loads++);
        Outcome<AccountPage> page = await node.Queries.ListAccountsAsync("", null, 50, Token);

        Assert.Null(page.Refusal);
        Assert.Equal((50, 50 * 51 / 2), (page.Value!.Accounts.Count, page.Value.Accounts.Sum(account => account.Balance!.Points.Value)));
        Assert.Equal(0, loads);
    }

    [Fact]
    public async Task A_listed_account_without_a_row_means_that_the_account_store_is_rebuilt()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        (await node.DoAsync(Given.Add(10))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        using LedgerQueries queries = new(
            [node.Partition],
            [new StoredPartition(node.Journal, new EmptiedAccountStore(node.Gate), node.ReadModel)],
            new QueryOptions(),
            _clock);
        Assert.Equal(RefusalCode.CatchingUp, (await queries.ListAccountsAsync("", null, 10, Token)).Refusal?.Code);
    }

    [Fact]
    public async Task A_page_continues_after_a_damaged_account_which_is_marked_and_logged_once()
    {
        RecordingLogger log = new();
        MemoryJournal store = new(_clock);
        MemoryAccountStore accountStore = new();
        await FillAsync(store, accountStore);
        accountStore.EditBalance = rows => rows.Account == AccountOf(2) ? rows with { Held = new Points(-1) } : rows;
        await using Node node = await Node.StartAsync(store, accountStore, _clock, logger: log);
        AccountPage page = (await node.Queries.ListAccountsAsync("", null, 2, Token)).Value!;
        AccountPage next = (await node.Queries.ListAccountsAsync("", page.Accounts[^1].Account, 1, Token)).Value!;
        await node.Queries.ListAccountsAsync("", null, 2, Token);

        Assert.Equal([1L, null, 3L], page.Accounts.Concat(next.Accounts).Select(account => account.Balance?.Points.Value));
        Assert.Equal(AccountOf(2), page.Accounts[1].Account);
        Assert.Contains("account02", Assert.Single(log.MessagesOf(AccountDamaged)), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => accountStore.HasDamagedAccounts);
        Assert.Equal(1, node.Partition.Health.DamagedAccounts);
    }

    [Fact]
    public async Task A_page_of_lots_loads_no_account()
    {
        MemoryJournal store = new(_clock);
        MemoryAccountStore accountStore = new();
        await FillAsync(store, accountStore);
        await using Node node = await Node.StartAsync(store, accountStore, _clock);
        int loads = 0;
        node.Gate.BeforeLoad = () => Task.FromResult(loads++);
        Outcome<LotPage> page = await node.Queries.ReadLotsAsync(AccountOf(7), null, 5, Token);

        Assert.Equal(7, Assert.Single(page.Value!.Lots).Points.Value);
        Assert.Equal(0, loads);
    }

    [Fact]
    public async Task A_page_position_names_a_bounded_number_of_payers_and_pages_still_join()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        int payers = LotPlace.OwedMax * 3;
        for (int number = 0; number < payers * 2; number++)
        {
            PayerName payer = PayerName.FromTrusted($"P{number % payers}");
            (await node.DoAsync(Given.Add(10, account: Given.Carol, payer: payer))).Accepted();
        }

        for (int number = 0; number < payers; number++)
        {
            (await node.DoAsync(Given.Add(-12, account: Given.Carol, payer: PayerName.FromTrusted($"P{number}")))).Accepted();
        }

        List<OpenLot> joined = [];
        LotPlace? place = null;
        do
        {
            LotPage page = (await node.Queries.ReadLotsAsync(Given.Carol, place, 7, Token)).Value!;
            joined.AddRange(page.Lots);
            place = page.Next;
            Assert.InRange(place?.Owed.Count ?? 0, 0, LotPlace.OwedMax);
        }
        while (place is not null);

        Assert.Equal((payers * 2, payers * 12), (joined.Count, joined.Sum(lot => lot.Deductions.Value)));
        Assert.Equal((await node.Queries.ReadLotsAsync(Given.Carol, null, 1_000, Token)).Value!.Lots, joined);
    }

    private static AccountId AccountOf(int number) => AccountId.FromTrusted($"account{number:00}");

    private async Task FillAsync(MemoryJournal store, MemoryAccountStore accountStore)
    {
        await using Node node = await Node.StartAsync(store, accountStore, _clock);
        for (int number = 1; number <= 50; number++)
        {
            (await node.DoAsync(Given.Add(number, account: AccountOf(number)))).Accepted();
        }

        await node.Partition.WaitUntilStoredAsync(Token);
    }

    /// <summary>An account store that is emptied between two reads.</summary>
    private sealed class EmptiedAccountStore(IAccountStore inner) : DelegatingAccountStore(inner)
    {
        public override ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(
            IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken) => new([]);
    }
}

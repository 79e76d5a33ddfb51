using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <content>A damaged directory, or a damaged list of erasures, is written again from the journal while everything else continues.</content>
public abstract partial class DamagedRowsContract
{
    /// <summary>The damages to the directory, in SQL that all stores understand.</summary>
    public static TheoryData<string> DirectoryDamages =>
    [
        "DELETE FROM account_bucket",
        "UPDATE account_bucket SET body = substr(body, 1, length(body) - 16)",
        "UPDATE account_bucket SET body = substr(body, 1, 0)",
        "UPDATE account_bucket SET bucket = 1",
        "UPDATE account_bucket SET bucket = 1073741823",
    ];

    private static AddTransaction FirstCredit => new AddTransaction(Given.Account("a"), Given.Payer("R"), new Points(5), Given.Time.PlusClamped(-Hour)).With("key");

    [Theory]
    [MemberData(nameof(DirectoryDamages))]
    public async Task A_damaged_directory_opens_accounts_again_without_a_restart_and_costs_those_that_there_are_nothing(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            await host.ChangeRowsAsync(damage);
            AddTransaction first = new AddTransaction(Given.Account("new"), Given.Payer("P"), new Points(7), Given.Time).With("once");
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(first)).Code());
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            (await ledger.DoAsync(new AddTransaction(Given.Account("b"), Given.Payer("P"), new Points(1), Given.Time))).Accepted();
            Assert.Equal((true, 0), (ledger.Partition.Health.IsReady, ledger.Partition.Health.DamagedAccounts));

            Outcome<Receipt> taken = await EventuallyTakenAsync(ledger, first);
            Assert.False(taken.Value!.IsReplay);
            Assert.True((await ledger.DoAsync(first)).Value!.IsReplay);
            Assert.Equal(7, (await ledger.Partition.ReadBalanceAsync(Given.Account("new"), Token)).Value!.Points.Value);
            await Eventually.TrueAsync(() => !ledger.Partition.Health.IsDirectoryDamaged);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertOpenedOnceAsync(host);
    }

    [Theory]
    [MemberData(nameof(DirectoryDamages))]
    public async Task An_account_whose_row_is_lost_together_with_the_directory_credits_no_key_twice(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            await host.ChangeRowsAsync(damage);
            await host.ChangeRowsAsync("DELETE FROM account WHERE account = 'a'");
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(FirstCredit)).Code());
            Outcome<Receipt> again = await EventuallyTakenAsync(ledger, FirstCredit);
            Assert.True(again.Value!.IsReplay);
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            await WaitUntilServedAsync(ledger);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertOpenedOnceAsync(host);
    }

    [Theory]
    [MemberData(nameof(DirectoryDamages))]
    public async Task An_account_whose_rows_and_part_of_the_directory_are_damaged_is_served_again_without_a_restart(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        await host.ChangeRowsAsync("UPDATE account SET next_due = next_due - 1 WHERE account = 'a'");
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Refusal?.Code);
            (await ledger.DoAsync(new AddTransaction(Given.Account("b"), Given.Payer("P"), new Points(1), Given.Time))).Accepted();
            await WaitUntilServedAsync(ledger);
            Assert.True((await ledger.DoAsync(FirstCredit)).Value!.IsReplay);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertOpenedOnceAsync(host);
    }

    [Theory]
    [MemberData(nameof(DirectoryDamages))]
    public async Task An_account_that_is_opened_while_its_part_of_the_directory_is_damaged_gets_its_rows(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            // The account is in memory, as one without entries. So the command does not read the directory, but the round does.
            Assert.Equal(0, (await ledger.Partition.ReadBalanceAsync(Given.Account("new"), Token)).Value!.Points.Value);
            await host.ChangeRowsAsync(damage);
            (await ledger.DoAsync(new AddTransaction(Given.Account("new"), Given.Payer("P"), new Points(7), Given.Time))).Accepted();
            await ledger.Partition.WaitUntilStoredAsync(Token);
            AddTransaction second = new AddTransaction(Given.Account("new"), Given.Payer("P"), new Points(1), Given.Time).With("once");
            Assert.False((await EventuallyTakenAsync(ledger, second)).Value!.IsReplay);
            await WaitUntilServedAsync(ledger, "new");
            Assert.Equal(8, (await ledger.Partition.ReadBalanceAsync(Given.Account("new"), Token)).Value!.Points.Value);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertOpenedOnceAsync(host);
    }

    [Fact]
    public async Task A_question_that_finds_the_directory_damaged_has_it_written_again()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            await host.ChangeRowsAsync("DELETE FROM account_bucket");
            HistoryQuery question = new(Given.Account("new"), 10);
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.Queries.ReadHistoryAsync(question, Token)).Refusal?.Code);
            await Eventually.TrueAsync(async () => (await ledger.Queries.ReadHistoryAsync(question, Token)).Value is { Operations.Count: 0 });
            await ledger.StopAsync(inOrder: true);
        }

        await AssertOpenedOnceAsync(host);
    }

    [Fact]
    public async Task An_account_is_erased_although_its_part_of_the_directory_is_damaged()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            await host.ChangeRowsAsync("DELETE FROM account_bucket");
            (await ledger.DoAsync(new FlushAccount(Given.Account("a")))).Accepted();
            (await ledger.DoAsync(new EraseAccount(Given.Account("a")))).Accepted();
            await EventuallyTakenAsync(ledger, new FlushAccount(Given.Account("new")));
            await Eventually.TrueAsync(async () => (await ledger.AccountStore.ListErasuresAsync(Sequence.Zero, 1, Token)).Count == 0
                && !(await ledger.AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);
            Assert.Equal(0, await host.ReadNumberAsync("SELECT count(*) FROM account WHERE account = 'a'"));
            Assert.False((await EventuallyTakenAsync(ledger, FirstCredit)).Value!.IsReplay);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    [Fact]
    public async Task An_account_that_only_the_directory_has_can_be_opened_after_the_directory_was_written_again()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        AccountLists lists = new();
        (await StoreAssert.ReadAllAsync(host.Journal)).ToList().ForEach(commit => lists.Add(commit.Entries));
        ScriptedLedger stranger = new(new CommitChain(host.Clock));
        Assert.True(stranger.Add("stranger", "P", 1));
        lists.Add(stranger.Commit().Entries);
        Sequence position = (await host.AccountStore.ReadPositionAsync(Token)).Last;
        Assert.True(await host.AccountStore.RewriteListsAsync(lists, withErasures: false, position, Token));

        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            AddTransaction first = new(Given.Account("stranger"), Given.Payer("P"), new Points(7), Given.Time);
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(first)).Code());
            await EventuallyTakenAsync(ledger, first);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertOpenedOnceAsync(host);
    }

    [Theory]
    [InlineData("UPDATE erasure SET opening = opening + 1")]
    [InlineData("UPDATE erasure SET sequence = sequence - 1")]
    public async Task A_list_of_erasures_with_a_changed_row_is_written_again_and_the_account_is_erased(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger before = await RunningLedger.StartAsync(host))
        {
            // The journal fails, so the texts stay until the next start.
            before.Journal.BeforeErase = () => throw new JournalException("a test");
            (await before.DoAsync(new FlushAccount(Given.Account("a")))).Accepted();
            (await before.DoAsync(new EraseAccount(Given.Account("a")))).Accepted();
            await before.StopAsync(inOrder: true);
        }

        await host.ChangeRowsAsync(damage);
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            await Eventually.TrueAsync(async () => (await StoreAssert.ReadAllAsync(host.Journal)).SelectMany(commit => commit.Entries).All(entry => entry.Account != Given.Account("a"))
                && (await ledger.AccountStore.ListErasuresAsync(Sequence.Zero, 1, Token)).Count == 0);
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    /// <summary>Sends a command until it is taken. Until then, it must be refused for one of these reasons, or because of damage if none is given.</summary>
    private static async Task<Outcome<Receipt>> EventuallyTakenAsync(RunningLedger ledger, Command command, params RefusalCode[] reasons)
    {
        Outcome<Receipt> outcome = default;
        await Eventually.TrueAsync(async () =>
        {
            outcome = await ledger.DoAsync(command);
            Assert.True(
                outcome.Refusal is not { Code: var code } || (reasons.Length == 0 ? code == RefusalCode.AccountDamaged : reasons.Contains(code)), $"{outcome.Refusal}");
            return outcome.Value is not null;
        });
        return outcome;
    }

    /// <summary>Asserts that all rows match the journal, and that no account was opened twice and no key used twice.</summary>
    private static async Task AssertOpenedOnceAsync(StoreHost host)
    {
        await AssertCompleteAsync(host);
        Entry[] entries = [.. (await StoreAssert.ReadAllAsync(host.Journal)).SelectMany(commit => commit.Entries)];
        Assert.All(entries.Where(entry => entry.AccountOpening == entry.Sequence).GroupBy(entry => entry.Account), opened => Assert.Single(opened));
        Assert.All(entries.Where(entry => entry.Origin?.Key is not null).GroupBy(entry => (entry.Account, entry.Origin!.Key)), used => Assert.Single(used));
    }
}

using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <content>The snapshot writer writes the rows of a damaged account again from the journal, while everything else
/// continues.</content>
public abstract partial class DamagedRowsContract
{
    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_account_is_repaired_without_a_restart(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(new SpendPoints(Given.Account("a"), new Points(1)))).Code());
            await WaitUntilServedAsync(ledger);
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            Assert.Equal(2, (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!.Accounts.Count(item => item.Balance?.Points.Value == 125));
            Outcome<Receipt> again = await ledger.DoAsync(
                new AddTransaction(Given.Account("a"), Given.Payer("R"), new Points(5), Given.Time.PlusClamped(-Hour)).With("key"));
            Assert.True(again.Value!.IsReplay);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    [Theory]
    [InlineData("UPDATE account SET next_due = next_due - 1 WHERE account IN ('a', 'b')")]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 1, 10) WHERE account IN ('a', 'b')")]
    public async Task Several_damaged_accounts_are_repaired_while_others_are_written(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            foreach (string account in new[] { "a", "b" })
            {
                // The snapshot writer may already have repaired the second account.
                Outcome<AccountBalance> read = await ledger.Partition.ReadBalanceAsync(Given.Account(account), Token);
                Assert.True(read.Refusal?.Code == RefusalCode.AccountDamaged || (account == "b" && read.Value?.Points.Value == 125));
            }

            for (int write = 0; write < 200; write++)
            {
                (await ledger.DoAsync(new AddTransaction(Given.Account($"c{write % 7}"), Given.Payer("P"), new Points(1), Given.Time))).Accepted();
            }

            foreach (string account in new[] { "a", "b" })
            {
                await Eventually.TrueAsync(async () => (await ledger.Partition.ReadBalanceAsync(Given.Account(account), Token)).Value?.Points.Value == 125);
            }

            await WaitUntilServedAsync(ledger);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    [Fact]
    public async Task The_repair_of_an_account_includes_entries_written_while_it_was_damaged()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            await host.ChangeRowsAsync("UPDATE account SET snapshot = substr(snapshot, 1, 10) WHERE account = 'a'");
            for (int write = 1; write <= 20; write++)
            {
                (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("P"), new Points(write), Given.Time))).Accepted();
            }

            await WaitUntilServedAsync(ledger);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    [Fact]
    public async Task Rows_of_a_key_unknown_to_the_journal_are_deleted_and_the_key_can_be_used()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync("UPDATE account SET account = 'z' WHERE account = 'a'");
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            foreach (string account in new[] { "a", "z" })
            {
                Assert.Equal(RefusalCode.AccountDamaged, (await ledger.Partition.ReadBalanceAsync(Given.Account(account), Token)).Refusal?.Code);
            }

            await WaitUntilServedAsync(ledger);
            AddTransaction first = new(Given.Account("z"), Given.Payer("P"), new Points(7), Given.Time);
            await Eventually.TrueAsync(async () => (await ledger.DoAsync(first)).Value is not null);
            Assert.Equal(7, (await ledger.Partition.ReadBalanceAsync(Given.Account("z"), Token)).Value!.Points.Value);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    private static Task WaitUntilServedAsync(RunningLedger ledger, string account = "a") => Eventually.TrueAsync(
        async () => (await ledger.Partition.ReadBalanceAsync(Given.Account(account), Token)).Value is not null && ledger.Partition.Health.DamagedAccounts == 0
            && !(await ledger.AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);

    /// <summary>Asserts that all rows match the journal, and that no account is marked as damaged.</summary>
    private static async Task AssertCompleteAsync(StoreHost host)
    {
        await host.OpenAsync();
        AccountStoreVerdict verdict = await new AccountStoreVerification(host.Journal, host.AccountStore, new AccountStoreVerificationBounds(), host.Clock).RunAsync(_ => { }, Token);
        Assert.Equal((null, 0L), (verdict.Rebuild, verdict.DifferenceCount));
        Assert.False((await host.AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);
    }
}

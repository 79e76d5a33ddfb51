using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <content>Tables that are damaged as a whole are rebuilt from the journal while the ledger runs.</content>
public abstract partial class DamagedRowsContract
{
    // Nothing stays in memory, so every command relies on the tables.
    private static PartitionOptions WithoutCache => new() { CacheBytesMax = 0 };

    /// <summary>The damages to the position, in SQL that all stores understand.</summary>
    public static TheoryData<string> PositionDamages =>
    [
        "DELETE FROM account_store_position",
        "UPDATE account_store_position SET last_sequence = last_sequence - 1",
        "UPDATE account_store_position SET last_sequence = 0, target_sequence = 0",
        "UPDATE account_store_position SET last_sequence = last_sequence + 1, target_sequence = target_sequence + 1",
        "UPDATE account_store_position SET last_sequence = last_sequence + 1000000, target_sequence = target_sequence + 1000000",
        "UPDATE account_store_position SET target_sequence = target_sequence + 1000000",
    ];

    [Theory]
    [MemberData(nameof(PositionDamages))]
    public async Task Tables_whose_position_was_changed_are_rebuilt_without_a_restart_and_without_a_wrong_answer(string damage)
    {
        const int Writes = 20;
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true, options: WithoutCache))
        {
            await host.ChangeRowsAsync(damage);
            for (int write = 0; write < Writes; write++)
            {
                AddTransaction add = new AddTransaction(Given.Account("b"), Given.Payer("P"), new Points(1), Given.Time).With($"write{write}");
                await EventuallyTakenAsync(ledger, add, RefusalCode.CatchingUp, RefusalCode.StorageUnavailable);
            }

            await WaitUntilRebuiltAsync(ledger);
            Assert.True((await ledger.DoAsync(FirstCredit)).Value!.IsReplay);
            AccountPage page = (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
            Assert.Equal([125L, 125L + Writes], page.Accounts.Select(item => item.Balance!.Points.Value));
            Assert.Equal(125 + Writes, (await ledger.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertOpenedOnceAsync(host);
    }

    [Theory]
    [MemberData(nameof(PositionDamages))]
    public async Task A_ledger_without_requests_rebuilds_tables_whose_position_was_changed(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            await host.ChangeRowsAsync(damage);
            await WaitUntilRebuiltAsync(ledger);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    [Fact]
    public async Task Tables_whose_position_was_changed_are_not_relied_on_if_repairs_are_off()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, options: WithoutCache))
        {
            await host.ChangeRowsAsync("UPDATE account_store_position SET last_sequence = last_sequence + 1000000, target_sequence = target_sequence + 1000000");
            (await ledger.DoAsync(new AddTransaction(Given.Account("b"), Given.Payer("P"), new Points(1), Given.Time))).Accepted();
            await Eventually.TrueAsync(() => !ledger.Partition.Health.IsReady);
            Assert.Equal(126, (await ledger.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        Assert.Equal(126, (await next.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
    }

    [Fact]
    public async Task An_account_whose_row_got_an_invalid_key_is_listed_again_without_a_request_for_it()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true))
        {
            await host.ChangeRowsAsync("UPDATE account SET account = 'a key' WHERE account = 'a'");
            await Eventually.TrueAsync(async () =>
            {
                AccountPage page = (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
                return page.Accounts is [{ Account.Value: "a", Balance.Points.Value: 125 }, { Account.Value: "b" }];
            });
            await Eventually.TrueAsync(async () => ledger.Partition.Health.DamagedAccounts == 0 && !(await ledger.AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertCompleteAsync(host);
    }

    [Theory]
    [InlineData("DELETE FROM account_bucket; DELETE FROM account WHERE account = 'a'")]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 1, 10) WHERE account = 'a'")]
    [InlineData("DELETE FROM account_store_position")]
    public async Task An_account_whose_key_is_missing_in_the_journal_is_never_opened_again(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true, options: WithoutCache))
        {
            await host.Journal.EraseTextsAsync(new AccountErasure(new Sequence(1), new Sequence(1)), new Sequence(1), Token);
            await host.ChangeRowsAsync(damage);
            await Eventually.TrueAsync(async () =>
            {
                Outcome<Receipt> outcome = await ledger.DoAsync(FirstCredit);
                Assert.True(outcome.Refusal?.Code is RefusalCode.AccountDamaged or RefusalCode.CatchingUp or RefusalCode.StorageUnavailable, $"{outcome.Refusal} {outcome.Value}");
                return ledger.Damage.IsFound;
            });
            for (int time = 0; time < 20; time++)
            {
                Assert.NotNull((await ledger.DoAsync(FirstCredit)).Refusal);
            }

            await ledger.StopAsync(inOrder: false);
        }

        IReadOnlyList<Commit> commits = await StoreAssert.ReadAllAsync(host.Journal);
        Assert.DoesNotContain(commits.SelectMany(commit => commit.Entries), entry => entry.Account == Given.Account("a"));
    }

    /// <summary>Waits until the position matches the journal again, and the ledger is ready.</summary>
    private static Task WaitUntilRebuiltAsync(RunningLedger ledger) => Eventually.TrueAsync(async () =>
    {
        try
        {
            AccountStorePosition position = await ledger.AccountStore.ReadPositionAsync(Token);
            return await ledger.Journal.ReadSealAsync(position.Last, Token) == position.Seal
                && await ledger.Journal.ReadSealAsync(position.TargetLast, Token) == position.TargetSeal
                && position.Last == (await ledger.Journal.ReadHeadAsync(Token)).Last
                && ledger.Partition.Health.IsReady;
        }
        catch (AccountStoreDamagedException)
        {
            return false;
        }
    });
}

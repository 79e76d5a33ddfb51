using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <content>The server never bills from changed sums of payers.</content>
public abstract partial class DamagedRowsContract
{
    /// <summary>The damages to the sums of payer P, in SQL that all stores understand.</summary>
    public static TheoryData<string> SumDamages =>
    [
        "UPDATE payer_flow SET points = points + 1 WHERE payer = 'P' AND kind = 'credit'",
        "UPDATE payer_flow SET points = points * 10 WHERE payer = 'P' AND kind = 'deduction'",
        "UPDATE payer_flow SET points = 0 WHERE payer = 'P' AND kind = 'draw'",
        "UPDATE payer_flow SET kind = 'return' WHERE payer = 'P' AND kind = 'draw'",
        "UPDATE payer_flow SET recorded_day = occurred_day WHERE payer = 'P' AND kind = 'credit'",
        "UPDATE payer_flow SET occurred_day = recorded_day WHERE payer = 'P' AND kind = 'credit'",
        "UPDATE payer_flow SET payer = 'Q' WHERE payer = 'P' AND kind = 'deduction'",
        "UPDATE payer_flow SET checksum = checksum + 1 WHERE payer = 'P' AND kind = 'credit'",
        "DELETE FROM payer_flow WHERE payer = 'P' AND kind = 'draw'",
        "DELETE FROM payer_flow WHERE payer = 'P'",
        "UPDATE payer_stock SET lot_points = lot_points + 1 WHERE payer = 'P'",
        "UPDATE payer_stock SET recorded_day = occurred_day WHERE payer = 'P'",
        "UPDATE payer_stock SET expires_day = occurred_day WHERE payer = 'P'",
        "DELETE FROM payer_stock WHERE payer = 'P'",
        "UPDATE payer_total SET points = points + 1 WHERE payer = 'P'",
        "UPDATE payer_total SET points = points + 1, outstanding = outstanding - 1 WHERE payer = 'P'",
        "UPDATE payer_total SET outstanding = outstanding + 1 WHERE payer = 'P'",
        "DELETE FROM payer_total WHERE payer = 'P'",
    ];

    [Theory]
    [MemberData(nameof(SumDamages))]
    public async Task A_payer_with_altered_sums_gets_no_statement_and_the_read_model_is_rebuilt_without_a_restart(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        await ledger.Partition.WaitUntilReadModelAsync(Token);
        PayerDays right = await host.ReadModel.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token);
        long generation = (await host.ReadModel.ServingAsync()).Number;
        Assert.NotEmpty(right.Stocks);
        await host.ChangeRowsAsync(damage);
        foreach (DateOnly before in new[] { DateOnly.MinValue, DateOnly.MaxValue })
        {
            ReadModelDamagedException refused = await Assert.ThrowsAsync<ReadModelDamagedException>(
                async () => await host.ReadModel.ReadDaysAsync(Given.Payer("P"), before, Token));
            Assert.Contains("The stored sums of payer P are damaged: ", refused.Message, StringComparison.Ordinal);
            Assert.Equal(generation, refused.Generation);
        }

        host.Clock.Advance(TimeSpan.FromDays(2));
        DateOnly today = DateOnly.FromDateTime(host.Clock.GetUtcNow().UtcDateTime);
        Assert.Equal(RefusalCode.CatchingUp, (await ledger.Queries.ReadStatementAsync(Given.Payer("P"), today.AddDays(-9), today, Token)).Refusal?.Code);
        (await ledger.DoAsync(new AddTransaction(Given.Account("c"), Given.Payer("R"), new Points(7), Given.Time))).Accepted();
        await Eventually.TrueAsync(async () => (await ledger.Queries.ReadStatementAsync(Given.Payer("P"), today.AddDays(-9), today, Token)).Refusal is null);
        Assert.Equal(right.Flows.Order(ByText), (await host.ReadModel.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token)).Flows.Order(ByText));
        Assert.True((await host.ReadModel.ServingAsync()).Number > generation);
        Assert.Equal((true, 0), (ledger.Partition.Health.IsReady, ledger.Partition.Health.DamagedAccounts));
    }

    [Theory]
    [MemberData(nameof(SumDamages))]
    public async Task Altered_sums_stop_no_write_and_stay_detectable_whatever_is_added_to_them(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        await ledger.Partition.WaitUntilReadModelAsync(Token);
        await host.ChangeRowsAsync(damage);
        for (int write = 0; write < 3; write++)
        {
            (await ledger.DoAsync(new AddTransaction(Given.Account("c"), Given.Payer("P"), new Points(7), Given.Time))).Accepted();
            (await ledger.DoAsync(new SpendPoints(Given.Account("c"), new Points(3)))).Accepted();
            await ledger.Partition.WaitUntilReadModelAsync(Token);
        }

        await Assert.ThrowsAsync<ReadModelDamagedException>(async () => await host.ReadModel.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token));
        Assert.Equal(12, (await ledger.Partition.ReadBalanceAsync(Given.Account("c"), Token)).Value!.Points.Value);
    }

    [Fact]
    public async Task During_a_rebuild_the_undamaged_old_sums_are_served_and_follow_the_journal()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        await ledger.Partition.WaitUntilReadModelAsync(Token);
        long old = (await host.ReadModel.ServingAsync()).Number;
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ledger.ReadModel.BeforeApply = (generation, _) => generation.Number == old ? Task.CompletedTask : held.Task.WaitAsync(Token);
        await host.ChangeRowsAsync("UPDATE payer_total SET points = points + 1 WHERE payer = 'P'");
        Assert.Equal(RefusalCode.CatchingUp, (await ledger.Queries.ListPayersAsync(Given.Payer("P"), null, 10, Token)).Refusal?.Code);
        await Eventually.TrueAsync(async () => (await host.ReadModel.ReadStateAsync(Token)).Building is not null);
        Int128 before = (await ledger.Queries.ListPayersAsync(Given.Payer("Q"), null, 10, Token)).Value!.Payers.Single().Points;
        Assert.Equal(RefusalCode.CatchingUp, (await ledger.Queries.ListPayersAsync(null, null, 10, Token)).Refusal?.Code);
        Assert.Equal((true, ReadModelCondition.Building), (ledger.Partition.Health.IsReady, ledger.Partition.Health.ReadModel));

        ledger.ReadModel.BeforeApply = null;
        held.SetResult();
        await Eventually.TrueAsync(async () => (await ledger.Queries.ListPayersAsync(null, null, 10, Token)).Refusal is null);
        Assert.Equal(before, (await ledger.Queries.ListPayersAsync(Given.Payer("Q"), null, 10, Token)).Value!.Payers.Single().Points);
        await Eventually.TrueAsync(() => Task.FromResult(ledger.Partition.Health.ReadModel == ReadModelCondition.Serving));
    }

    [Fact]
    public async Task A_list_of_payers_contains_no_altered_totals()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            await ledger.Partition.WaitUntilReadModelAsync(Token);
        }

        await host.ChangeRowsAsync("UPDATE payer_total SET points = points + 1 WHERE payer = 'P'");
        await Assert.ThrowsAsync<ReadModelDamagedException>(async () => await host.ReadModel.ListPayersAsync(new PayerQuery(10), Token));
    }

    private static readonly IComparer<KeyValuePair<PayerFlow, Int128>> ByText =
        Comparer<KeyValuePair<PayerFlow, Int128>>.Create((left, right) => string.CompareOrdinal(left.ToString(), right.ToString()));
}

using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: the sums of payers, by day and in total.</summary>
public abstract partial class ReadModelContract
{
    [Fact]
    public async Task Payers_are_listed_in_order_page_by_page()
    {
        string[] names = ["p", "P", "O'Brien", "日本生命", "\U0001F600", "\uFFFD", "%", "P Q"];
        foreach (string name in names)
        {
            Ledger.Add("a", name, 5);
        }

        await AddAsync(Ledger.Commit());
        PayerName[] sorted = [.. names.Select(Given.Payer).Order()];
        Assert.Equal(sorted, (await PayersAsync(new PayerQuery(100))).Select(total => total.Payer));
        Assert.Equal(sorted[..3], (await PayersAsync(new PayerQuery(3))).Select(total => total.Payer));
        Assert.Equal(sorted[3..], (await PayersAsync(new PayerQuery(100) { After = sorted[2] })).Select(total => total.Payer));
        Assert.Equal([sorted[4]], (await PayersAsync(new PayerQuery(100) { Only = sorted[4] })).Select(total => total.Payer));
        Assert.Equal([sorted[4]], (await PayersAsync(new PayerQuery(100) { Only = sorted[4], After = sorted[3] })).Select(total => total.Payer));
        Assert.Empty(await PayersAsync(new PayerQuery(100) { Only = sorted[4], After = sorted[4] }));
        Assert.Empty(await PayersAsync(new PayerQuery(100) { Only = Given.Payer("o'brien") }));
    }

    [Fact]
    public async Task Sums_can_exceed_64_bits()
    {
        foreach (string account in new[] { "a", "b", "c" })
        {
            Ledger.Add(account, "P", long.MaxValue, expiresIn: TimeSpan.FromDays(1));
            await AddAsync(Ledger.Commit());
        }

        Int128 sum = (Int128)long.MaxValue * 3;
        Assert.Equal([new PayerTotal(Given.Payer("P"), sum, 0)], await PayersAsync(new PayerQuery(9)));
        PayerDays days = await Model.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token);
        Assert.Equal(sum, Assert.Single(days.Flows).Value);
        Assert.Equal(sum, Assert.Single(days.Stocks).Value);
        foreach (string account in new[] { "a", "b", "c" })
        {
            Ledger.Flush(account);
        }

        await AddAsync(Ledger.Commit());
        days = await Model.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token);
        Assert.Equal([-sum, sum], days.Flows.Select(flow => flow.Value).Order());
        Assert.DoesNotContain(days.Stocks, stock => stock.Value != 0);
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task Days_range_from_the_first_to_the_last_possible_day()
    {
        foreach (Instant occurredAt in new[] { Instant.MinValue, Instant.MaxValue })
        {
            Assert.True(Ledger.Do(new AddTransaction(Given.Account("a"), Given.Payer("P"), new Points(5), occurredAt)));
        }

        Assert.True(Ledger.Do(new AddTransaction(Given.Account("a"), Given.Payer("Q"), new Points(5), Given.Time) { ExpiresAt = Instant.MaxValue }));
        await AddAsync(Ledger.Commit());
        PayerDays days = await Model.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token);
        Assert.Equal([DateOnly.MinValue, DateOnly.MaxValue], days.Flows.Select(flow => flow.Key.OccurredOn).Order());
        Assert.Equal([DateOnly.MinValue, DateOnly.MaxValue], days.Stocks.Select(stock => stock.Key.OccurredOn).Order());
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task Days_are_those_of_one_payer_before_a_given_day()
    {
        List<Commit> commits = RunDays();
        for (int start = 0; start < commits.Count; start += 3)
        {
            await AddAsync([.. commits[start..Math.Min(start + 3, commits.Count)]]);
        }

        PayerTables all = await Host.ReadSumsAsync();
        DateOnly[] recorded = [.. all.Flows.Select(flow => flow.Key.RecordedOn).Distinct().Order()];
        Assert.True(recorded.Length > 5);
        foreach (DateOnly before in recorded.Append(DateOnly.MaxValue))
        {
            foreach (string payer in new[] { "P", "Q", "R", "nobody" })
            {
                PayerName name = Given.Payer(payer);
                PayerDays days = await Model.ReadDaysAsync(name, before, Token);
                StoreAssert.Equal(
                    new PayerTables(
                        [],
                        all.Flows.Where(flow => flow.Key.Payer == name && flow.Key.RecordedOn < before),
                        all.Stocks.Where(stock => stock.Key.Payer == name && stock.Key.RecordedOn < before)),
                    new PayerTables([], days.Flows, days.Stocks));
            }
        }

        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task Days_are_the_same_however_commits_are_grouped_into_rounds()
    {
        List<Commit> commits = RunDays();
        await AddAsync([.. commits]);
        PayerTables once = await Host.ReadSumsAsync();
        await Model.AbandonAsync(await Model.ServingAsync(), Token);
        foreach (Commit commit in commits)
        {
            ReadModelGeneration before = await Model.ServingAsync();
            await AddAsync(commit);
            Assert.False(await Model.ApplyAsync(before, ReadModelRound.From([commit]), Token));
        }

        StoreAssert.Equal(once, await Host.ReadSumsAsync());
        await AssertIsJournalAsync();
    }

    /// <summary>Twelve days of credits, deductions, spends, holds, expiries and flushes of three payers in two accounts.</summary>
    private List<Commit> RunDays()
    {
        List<Commit> commits = [];
        for (int day = 0; day < 12; day++)
        {
            string account = day % 3 == 0 ? "b" : "a";
            Ledger.Add(account, "P", 50 + day, day: day % 4, expiresIn: TimeSpan.FromDays(1 + (day % 5)));
            Ledger.Add(account, "Q", 20, day: -day);
            Ledger.Add(account, "Q", -3, day: -1);
            commits.Add(Ledger.Commit());
            Ledger.Add(account, "R", 9);
            Ledger.Spend(account, 10, hold: day % 2 == 0 ? TimeSpan.FromDays(2) : null);
            if (day % 5 == 4)
            {
                Ledger.Flush(account);
                Ledger.Restore(account, Ledger.LastOperation(account));
                Ledger.Flush(account);
            }

            commits.Add(Ledger.Commit());
            Host.Clock.Advance(TimeSpan.FromHours(24));
        }

        return commits;
    }

    private async Task<IReadOnlyList<PayerTotal>> PayersAsync(PayerQuery query) => (await Model.ListPayersAsync(query, Token)).Payers;
}

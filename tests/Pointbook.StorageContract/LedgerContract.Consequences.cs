using CsCheck;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: consequences of the rules.</summary>
public abstract partial class LedgerContract
{
    private static readonly AccountId One = Given.Account("one");
    private static readonly AccountId Two = Given.Account("two");

    // Timestamps are unique within an account: no two transactions of a sample have the same.
    private static readonly Gen<Arrival[]> Arrivals = Gen.Select(
        Gen.Int[0, 2], Gen.Frequency((4, Gen.Long[1, 100]), (1, Gen.Long[-60, -1])), Gen.Int[0, 100], Gen.Int[0, 100],
        (payer, points, day, place) => new Arrival(Given.Payer("PQR"[payer].ToString()), points, day, place)).Array[1, 20];

    private static readonly Gen<int> Percent = Gen.Int[0, 100];

    [Fact]
    public Task Two_spends_equal_one_spend_of_their_sum() => SampleAsync(
        Gen.Select(Arrivals, Percent, Percent),
        async (sampleStore, sample) =>
        {
            await using RunningLedger ledger = await RunningLedger.StartAsync(sampleStore.Host);
            (Arrival[] arrivals, int whole, int part) = sample;
            await AddAsync(ledger, sampleStore, One, ToTransactions(arrivals));
            await AddAsync(ledger, sampleStore, Two, ToTransactions(arrivals));
            long together = await ShareAsync(ledger, sampleStore, One, whole);
            long first = together * part / 100;

            List<Drawn> inTwo = [.. await SpendAsync(ledger, sampleStore, One, first), .. await SpendAsync(ledger, sampleStore, One, together - first)];
            List<Drawn> atOnce = await SpendAsync(ledger, sampleStore, Two, together);
            Assert.Equal(atOnce, SumByLot(inTwo));
            await sampleStore.CheckAsync(ledger);
            await AssertSameAsync(sampleStore);
        });

    [Fact]
    public Task The_order_of_arrival_between_two_spends_does_not_matter() => SampleAsync(
        Gen.Select(Arrivals, Arrivals, Percent, Percent),
        async (sampleStore, sample) =>
        {
            await using RunningLedger ledger = await RunningLedger.StartAsync(sampleStore.Host);
            (Arrival[] before, Arrival[] between, int first, int second) = sample;
            List<AddTransaction> all = ToTransactions([.. before, .. between]);
            foreach (AccountId account in new[] { One, Two })
            {
                await AddAsync(ledger, sampleStore, account, all[..before.Length]);
                await SpendAsync(ledger, sampleStore, account, await ShareAsync(ledger, sampleStore, account, first));
            }

            List<AddTransaction> rest = all[before.Length..];
            await AddAsync(ledger, sampleStore, One, rest);
            await AddAsync(ledger, sampleStore, Two, [.. rest.Zip(between).OrderBy(pair => pair.Second.Place).Select(pair => pair.First)]);
            Assert.Equal(
                await SpendAsync(ledger, sampleStore, One, await ShareAsync(ledger, sampleStore, One, second)),
                await SpendAsync(ledger, sampleStore, Two, await ShareAsync(ledger, sampleStore, Two, second)));
            await sampleStore.CheckAsync(ledger);
            await AssertSameAsync(sampleStore);
        });

    /// <summary>Gives each transaction a unique timestamp, in the order of the days.</summary>
    private static List<AddTransaction> ToTransactions(Arrival[] arrivals)
    {
        int[] byDay = [.. Enumerable.Range(0, arrivals.Length).OrderBy(index => arrivals[index].Day)];
        return
        [
            .. arrivals.Select((arrival, index) => new AddTransaction(
                One, arrival.Payer, new Points(arrival.Points), Given.Time.PlusClamped(TimeSpan.FromHours(Array.IndexOf(byDay, index))))),
        ];
    }

    /// <summary>
    /// Adds all transactions that are possible in any order. It keeps the given order, but it delays a deduction until its
    /// payer has enough points.
    /// </summary>
    private static async Task AddAsync(RunningLedger ledger, SampleStore sampleStore, AccountId account, IReadOnlyList<AddTransaction> adds)
    {
        Dictionary<PayerName, long> balances = (await BalanceAsync(ledger, sampleStore, account)).Payers.ToDictionary(line => line.Payer, line => line.Points.Value);
        List<AddTransaction> waiting = [];
        List<AddTransaction> order = [];
        foreach (AddTransaction add in FilterAccepted(adds, sampleStore, balances))
        {
            waiting.Add(add);
            while (waiting.Find(next => BalanceOf(next) + next.Points.Value >= 0) is { } next)
            {
                balances[sampleStore.Payer(next.Payer)] = BalanceOf(next) + next.Points.Value;
                waiting.Remove(next);
                order.Add(next);
            }
        }

        Assert.Empty(waiting);
        Outcome<Receipt>[] outcomes = await Task.WhenAll(order.Select(add => ledger.DoAsync(sampleStore.Place(add with { Account = account }))));
        Assert.All(outcomes, outcome => outcome.Accepted());

        long BalanceOf(AddTransaction add) => balances.GetValueOrDefault(sampleStore.Payer(add.Payer));
    }

    /// <summary>Leaves out the deductions that a payer cannot afford in any order. The order does not affect which these are.</summary>
    private static IEnumerable<AddTransaction> FilterAccepted(IReadOnlyList<AddTransaction> adds, SampleStore sampleStore, Dictionary<PayerName, long> balances)
    {
        HashSet<AddTransaction> left = [.. adds];
        foreach (IGrouping<PayerName, AddTransaction> payer in adds.GroupBy(add => add.Payer))
        {
            long most = balances.GetValueOrDefault(sampleStore.Payer(payer.Key)) + payer.Sum(add => Math.Max(0, add.Points.Value));
            foreach (AddTransaction deduction in payer.Where(add => add.Points.Value < 0).OrderBy(add => add.OccurredAt))
            {
                if (most + deduction.Points.Value < 0)
                {
                    left.Remove(deduction);
                }
                else
                {
                    most += deduction.Points.Value;
                }
            }
        }

        return adds.Where(left.Contains);
    }

    private static async Task<AccountBalance> BalanceAsync(RunningLedger ledger, SampleStore sampleStore, AccountId account) =>
        (await ledger.Partition.ReadBalanceAsync(sampleStore.Account(account), TestContext.Current.CancellationToken)).Value!;

    private static async Task<long> ShareAsync(RunningLedger ledger, SampleStore sampleStore, AccountId account, int percent) =>
        (await BalanceAsync(ledger, sampleStore, account)).Points.Value * percent / 100;

    /// <summary>Spends points, unless the number is zero.</summary>
    private static async Task<List<Drawn>> SpendAsync(RunningLedger ledger, SampleStore sampleStore, AccountId account, long points)
    {
        if (points == 0)
        {
            return [];
        }

        Receipt receipt = (await ledger.DoAsync(new SpendPoints(sampleStore.Account(account), new Points(points)))).Accepted();
        return
        [
            .. receipt.Operation.FirstEntries.Where(entry => entry.Kind == EntryKind.Draw)
                .Select(entry => new Drawn(entry.Payer!, entry.OccurredAt!.Value, entry.Points.Value)),
        ];
    }

    private static IEnumerable<Drawn> SumByLot(IEnumerable<Drawn> draws) => draws
        .GroupBy(draw => (draw.Payer, draw.OccurredAt))
        .Select(lot => new Drawn(lot.Key.Payer, lot.Key.OccurredAt, lot.Sum(draw => draw.Points)));

    /// <summary>Asserts that both accounts have equal balances and lots, whatever the sequences of their entries and the order of their payers.</summary>
    private static async Task AssertSameAsync(SampleStore sampleStore)
    {
        List<LoadedAccount> loaded = await StoreAssert.LoadAsync(
            sampleStore.Host.AccountStore, new AccountRequest(sampleStore.Account(One), WithState: true, [], []), new AccountRequest(sampleStore.Account(Two), WithState: true, [], []));
        AccountSnapshot one = loaded[0].Snapshot!;
        AccountSnapshot two = loaded[1].Snapshot!;
        Assert.Equal(Lines(one), Lines(two));
        Assert.Equal(Lots(one), Lots(two));

        static IEnumerable<(PayerName, Points, Points)> Lines(AccountSnapshot account) =>
            account.Payers.OrderBy(payer => payer.Name).Select(payer => (payer.Name, payer.Balance, payer.Outstanding));

        static IEnumerable<(PayerName, Instant, Points)> Lots(AccountSnapshot account) =>
            account.Lots.Select(lot => (lot.Payer, lot.Key.OccurredAt, lot.Remaining));
    }

    private sealed record Arrival(PayerName Payer, long Points, int Day, int Place);

    private sealed record Drawn(PayerName Payer, Instant OccurredAt, long Points);
}

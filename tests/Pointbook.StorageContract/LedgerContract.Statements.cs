using CsCheck;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;

namespace Pointbook.StorageContract;

/// <remarks>This part: statements of payers.</remarks>
public abstract partial class LedgerContract
{
    [Fact]
    public Task Statements_equal_the_sums_of_the_journal_however_the_days_are_split() => SampleAsync(
        Gen.Select(Run.WithoutFaults, Gen.Int[1, 5].Array[0, 3]),
        (sampleStore, sample) => RunAsync(sampleStore, sample.Item1, async (ledger, _) =>
        {
            DateOnly from = Day(sampleStore.Begin);
            // A statement is only possible for days that have ended.
            sampleStore.Host.Clock.Advance(TimeSpan.FromHours(24));
            DateOnly until = Day(sampleStore.Now);
            foreach (PayerName payer in Run.Payers.Select(sampleStore.Payer))
            {
                PayerStatement whole = await ReadAsync(ledger, payer, from, until);
                AssertSumsOfJournal(sampleStore, whole);
                await CheckSplitAsync(ledger, whole, [.. sample.Item2.Select(from.AddDays).Where(day => day < until).Distinct().Order()]);
                await CheckTotalsAsync(ledger, sampleStore, payer);
            }

            Dictionary<PayerName, Int128[]> before = [];
            foreach (PayerName payer in Run.Payers.Select(sampleStore.Payer))
            {
                before.Add(payer, Figures(await ReadAsync(ledger, payer, from, until)));
            }

            foreach (AccountId account in Run.Accounts.Select(sampleStore.Account))
            {
                (await ledger.DoAsync(new ExpireDue(account))).Accepted();
                (await ledger.DoAsync(new FlushAccount(account))).Accepted();
            }

            foreach (PayerName payer in before.Keys)
            {
                Assert.Equal(before[payer], Figures(await ReadAsync(ledger, payer, from, until)));
            }
        }));

    private static DateOnly Day(Instant instant) => DateOnly.FromDateTime(instant.ToDateTimeOffset().UtcDateTime);

    private static async Task<PayerStatement> ReadAsync(RunningLedger ledger, PayerName payer, DateOnly from, DateOnly until) =>
        (await ledger.Queries.ReadStatementAsync(payer, from, until, Token)).Value!;

    /// <summary>Asserts that the statements of the parts follow one another and add up to the whole statement.</summary>
    private static async Task CheckSplitAsync(RunningLedger ledger, PayerStatement whole, List<DateOnly> cuts)
    {
        List<PayerStatement> parts = [];
        foreach ((DateOnly from, DateOnly until) in new[] { whole.From }.Concat(cuts).Zip(cuts.Append(whole.To)))
        {
            parts.Add(await ReadAsync(ledger, whole.Payer, from, until));
        }

        Assert.All(parts, part => Assert.True(part.AddsUp));
        Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.Equal(pair.First.Closing, pair.Second.Opening));
        Assert.Equal((whole.Opening, whole.Closing), (parts[0].Opening, parts[^1].Closing));
        Assert.Equal(Flows(whole), Enumerable.Range(0, Flows(whole).Length).Select(flow => Sum(parts.Select(part => Flows(part)[flow]))));
        Assert.Equal(Stocks(whole), Stocks(parts[^1]));
    }

    /// <summary>Computes all sums again from the entries, and compares them.</summary>
    private static void AssertSumsOfJournal(SampleStore sampleStore, PayerStatement statement)
    {
        List<Entry> entries =
        [
            .. sampleStore.Written.Where(commit => Day(commit.RecordedAt) < statement.To)
                .SelectMany(commit => commit.Entries).Where(entry => entry.Payer == statement.Payer),
        ];
        EntryKind[] kinds =
            [EntryKind.Credit, EntryKind.Deduction, EntryKind.Draw, EntryKind.Return, EntryKind.Expiry, EntryKind.Flush, EntryKind.Restore];
        Assert.Equal(kinds.Select(kind => Int128.Abs(Sum(entries.Where(entry => entry.Kind == kind).Select(entry => entry.Points)))), Flows(statement));
        Assert.Equal((0, Sum(entries.Select(entry => entry.Points))), (statement.Opening, statement.Closing));
        Assert.True(statement.AddsUp);
        Assert.Equal(
            (LateOf(EntryKind.Credit), -LateOf(EntryKind.Deduction)), (statement.CreditedLate, statement.DeductedLate));

        List<(int Age, int? ExpiresIn, Int128 Points)> lots =
        [
            .. entries.Where(entry => entry.Lot is not null).GroupBy(entry => entry.Lot).Select(lot => (
                statement.To.DayNumber - Day(lot.First().OccurredAt!.Value).DayNumber,
                lot.First().ExpiresAt is { } expiresAt ? Day(expiresAt).DayNumber - statement.To.DayNumber : (int?)null,
                Sum(lot.Select(entry => entry.LotPoints)))),
        ];
        Assert.Equal([Aged(-2, 90), Aged(91, 180), Aged(181, 365), Aged(366, int.MaxValue)], statement.Ageing);
        Assert.Equal(Sum(lots.Select(lot => lot.Points)) - statement.Closing, statement.UnpaidDeductions);
        Assert.Equal(
            (Expiring(int.MinValue, -1), Expiring(0, 29), Expiring(0, 89)),
            (statement.Due, statement.ExpiringIn30Days, statement.ExpiringIn90Days));

        Int128 LateOf(EntryKind kind) =>
            Sum(entries.Where(entry => entry.Kind == kind && Day(entry.OccurredAt!.Value) < statement.From).Select(entry => entry.Points));
        Int128 Aged(int daysMin, int daysMax) => Sum(lots.Where(lot => lot.Age >= daysMin && lot.Age <= daysMax).Select(lot => lot.Points));
        Int128 Expiring(int first, int last) => Sum(lots.Where(lot => lot.ExpiresIn >= first && lot.ExpiresIn <= last).Select(lot => lot.Points));
    }

    /// <summary>Asserts that the outstanding points of a payer over all accounts are the sum of its entries so far.</summary>
    private static async Task CheckTotalsAsync(RunningLedger ledger, SampleStore sampleStore, PayerName payer)
    {
        List<Entry> entries = [.. sampleStore.Written.SelectMany(commit => commit.Entries).Where(entry => entry.Payer == payer)];
        PayerLine expected = new(
            payer,
            Sum(entries.Select(entry => entry.Points)),
            Sum(entries.Select(entry => entry.LotPoints)) - Sum(entries.Select(entry => entry.Points)),
            Sum(entries.Where(entry => entry.ExpiresAt <= sampleStore.Now && entry.Lot is not null).Select(entry => entry.LotPoints)));
        IReadOnlyList<PayerLine> found = (await ledger.Queries.ListPayersAsync(payer, null, 2, Token)).Value!.Payers;
        if (entries.Count == 0)
        {
            Assert.Empty(found);
            return;
        }

        Assert.Equal(expected, Assert.Single(found));
    }

    private static Int128[] Flows(PayerStatement statement) =>
    [
        statement.Credited, statement.Deducted, statement.Spent, statement.Returned, statement.Expired, statement.Flushed, statement.Restored,
    ];

    private static Int128[] Stocks(PayerStatement statement) =>
        [.. statement.Ageing, statement.UnpaidDeductions, statement.Due, statement.ExpiringIn30Days, statement.ExpiringIn90Days];

    private static Int128[] Figures(PayerStatement statement) =>
    [
        statement.Opening, .. Flows(statement), statement.Closing, statement.CreditedLate, statement.DeductedLate, .. Stocks(statement),
    ];

    private static Int128 Sum(IEnumerable<Int128> sums) => sums.Aggregate(Int128.Zero, (sum, next) => sum + next);
}

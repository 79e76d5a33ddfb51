using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Stores;

/// <summary>A partition is stopped and started repeatedly on one store, cleanly or not. It answers like the reference model.</summary>
public sealed class RestartTests : IAsyncDisposable
{
    private static readonly string[] Accounts = ["ann", "bob", "cid", "dan"];
    private static readonly string[] Payers = ["P", "Q", "R"];
    private readonly ReferenceLedger _reference = new();
    private RunningStore _running = new();

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, long.MaxValue)]
    [InlineData(3, 200, 0)]
    [InlineData(4, 200, 2_000)]
    public async Task Every_restart_continues_at_the_end_of_the_journal(int seed, int roundDelay, long cacheBytesMax)
    {
        await UseAsync(roundDelay, cacheBytesMax);
        Random random = new(seed);
        for (int restart = 0; restart < 8; restart++)
        {
            await _running.StartAsync();
            await AssertBalancesAsync();
            for (int step = 0; step < 25; step++)
            {
                await StepAsync(random);
            }

            await AssertBalancesAsync();
            await (random.Next(2) == 0 ? _running.StopAsync() : _running.CrashAsync());
        }

        await AssertTablesFromScratchAsync();
    }

    [Fact]
    public async Task Commands_answered_before_a_crash_exist_after_it()
    {
        long acknowledged = 0;
        for (int restart = 0; restart < 5; restart++)
        {
            await _running.StartAsync();
            Outcome<Receipt>[] answers = await Task.WhenAll(
                Enumerable.Range(0, 200).Select(number => _running.AddAsync(Accounts[number % 4], Payers[number % 3], 1, day: number % 5)));
            acknowledged += answers.Count(answer => !answer.IsRefused);
            await _running.CrashAsync();
        }

        await _running.StartAsync();
        long total = 0;
        foreach (string account in Accounts)
        {
            total += (await BalanceAsync(account)).Points.Value;
        }

        Assert.Equal(1_000, acknowledged);
        Assert.Equal(acknowledged, total);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_partition_stops_at_once_however_long_its_round_delay_is(bool isInOrder)
    {
        await UseAsync(roundDelay: 10_000, cacheBytesMax: long.MaxValue);
        await _running.StartAsync();
        await _running.WriteExampleAsync();
        // The clock does not advance, so a round that waits for its time never begins.
        await (isInOrder ? _running.StopAsync() : _running.CrashAsync());
    }

    [Fact]
    public async Task A_key_is_known_after_a_crash_even_if_it_was_not_stored()
    {
        foreach (int roundDelay in new[] { 0, 10_000 })
        {
            await UseAsync(roundDelay, cacheBytesMax: 0);
            AddTransaction add = new(Given.Account("ann"), Given.Payer("P"), new Points(5), Given.Time);
            add = add with { Origin = new Origin { Key = Given.Key("once"), KeyHash = Engine.CommandHash.Compute(add) } };
            await _running.StartAsync();
            Receipt first = (await _running.DoAsync(add)).Value!;
            await _running.CrashAsync();

            await _running.StartAsync();
            Receipt again = (await _running.DoAsync(add)).Value!;
            Assert.True(again.IsReplay);
            Assert.Equal((first.Id, first.RecordedAt), (again.Id, again.RecordedAt));
            Assert.Equal(first.Operation.FirstEntries, again.Operation.FirstEntries);
            Assert.Equal(5, (await BalanceAsync("ann")).Points.Value);
            await _running.CrashAsync();
        }
    }

    private async Task UseAsync(int roundDelay, long cacheBytesMax)
    {
        await _running.DisposeAsync();
        _running = new RunningStore
        {
            Options = new PartitionOptions { CacheBytesMax = cacheBytesMax },
            SnapshotWriterOptions = new SnapshotWriterOptions { RoundDelay = TimeSpan.FromMilliseconds(roundDelay), RoundEntriesMax = 7 },
        };
    }

    private async Task StepAsync(Random random)
    {
        string account = Accounts[random.Next(Accounts.Length)];
        string payer = Payers[random.Next(Payers.Length)];
        long points = random.Next(1, 80);
        int day = random.Next(10);
        switch (random.Next(20))
        {
            case < 9:
                Check(await _running.AddAsync(account, payer, points, day), _reference.Add(Key(account), Given.Payer(payer), points, Day(day)));
                break;
            case < 13:
                Check(await _running.AddAsync(account, payer, -points, day), _reference.Add(Key(account), Given.Payer(payer), -points, Day(day)));
                break;
            case < 19:
                CheckSpend(await _running.SpendAsync(account, points), _reference.Spend(Key(account), points));
                break;
            default:
                Check(await _running.FlushAsync(account), null);
                _reference.Flush(Key(account));
                break;
        }
    }

    private static AccountId Key(string account) => Given.Account(account);

    private static Instant Day(int day) => Given.Time.PlusClamped(TimeSpan.FromDays(day));

    private static void Check(Outcome<Receipt> answer, ReferenceRefusal? refusal) => Assert.Equal(refusal?.Code, answer.Refusal?.Code);

    private static void CheckSpend(Outcome<Receipt> answer, ReferenceSpend expected)
    {
        Check(answer, expected.Refusal);
        IEnumerable<Entry> draws = answer.Value?.Operation.FirstEntries.Where(entry => entry.Kind == EntryKind.Draw) ?? [];
        Assert.Equal(
            expected.Draws.Select(draw => (draw.Payer, draw.OccurredAt, -draw.Points)),
            draws.Select(draw => (draw.Payer!, draw.OccurredAt!.Value, draw.Points.Value)));
    }

    private async Task<AccountBalance> BalanceAsync(string account) =>
        (await _running.Partition.ReadBalanceAsync(Key(account), CancellationToken.None)).Value!;

    private async Task AssertBalancesAsync()
    {
        foreach (string account in Accounts)
        {
            AccountBalance balance = await BalanceAsync(account);
            Assert.Equal(
                _reference[Key(account)].Balance.Select(line => (line.Payer, line.Points)),
                balance.Payers.Select(line => (line.Payer, line.Points.Value)));
        }
    }

    private async Task AssertTablesFromScratchAsync()
    {
        await _running.StartAsync();
        AccountStoreTables tables = await _running.ReadTablesAsync();
        Assert.Equal(tables.Position.Last, (await JournalVerification.VerifyAsync(_running.Host.Journal, CancellationToken.None)).Last);
        await _running.StopAsync();
        File.Delete(_running.Host.Files.AccountStore);
        await _running.StartAsync();
        StoreAssert.Equal(tables, await _running.ReadTablesAsync());
    }
}

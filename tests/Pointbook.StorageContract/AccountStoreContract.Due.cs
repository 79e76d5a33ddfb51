using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract;

/// <summary>This part: the points that remain in expired lots.</summary>
public abstract partial class AccountStoreContract
{
    [Fact]
    public async Task Due_points_are_summed_by_payer()
    {
        Ledger.Add("a", "P", 100, expiresIn: TimeSpan.FromHours(1));
        Ledger.Add("a", "P", 10, expiresIn: TimeSpan.FromHours(2));
        Ledger.Add("a", "P", -30);
        Ledger.Add("b", "P", 7, expiresIn: TimeSpan.FromHours(1));
        Ledger.Add("b", "P", 1);
        Ledger.Add("b", "Q", 3, expiresIn: TimeSpan.FromHours(3));
        Ledger.Add("b", "R", 4);
        await ApplyAsync(Ledger.Round());

        Instant start = Chain.Head.RecordedAt;
        Assert.Empty(await DueSumsAsync(start));
        Assert.Equal([("P", 107)], await DueSumsAsync(start.PlusClamped(TimeSpan.FromHours(1))));
        Assert.Equal([("P", 117), ("Q", 3)], await DueSumsAsync(Instant.MaxValue));

        Host.Clock.Advance(TimeSpan.FromHours(4));
        Ledger.Sweep("a");
        Ledger.Sweep("b");
        await ApplyAsync(Ledger.Round());
        Assert.Empty(await DueSumsAsync(Instant.MaxValue));
    }

    [Fact]
    public async Task Due_points_can_exceed_64_bits()
    {
        foreach (string account in new[] { "a", "b", "c" })
        {
            Ledger.Add(account, "P", long.MaxValue, expiresIn: TimeSpan.FromDays(1));
        }

        await ApplyAsync(Ledger.Round());
        Assert.Equal([("P", (Int128)long.MaxValue * 3)], await DueSumsAsync(Instant.MaxValue));
    }

    [Fact]
    public async Task Due_points_at_any_entry_follow_from_the_rows_and_the_entries_since()
    {
        List<Commit> commits = RunExpiries();
        Instant now = Chain.Head.RecordedAt.PlusClamped(TimeSpan.FromHours(30));
        int told = 0;
        for (int rows = 0; rows <= commits.Count; rows++)
        {
            if (rows > 0)
            {
                await ApplyAsync(SnapshotRound.From([commits[rows - 1]]));
            }

            for (int place = 0; place <= commits.Count; place++)
            {
                Assert.Equal(DueAt(commits[..place], now), await DueAtAsync(commits, place, now));
                told++;
            }
        }

        Assert.True(told > 300);
    }

    [Fact]
    public async Task Due_points_are_correct_or_refused_while_a_round_is_incomplete()
    {
        List<Commit> commits = RunExpiries();
        Instant now = commits[6].RecordedAt;
        (int told, int untold) = (0, 0);
        for (int rows = 0; rows < commits.Count - 3; rows += 2)
        {
            SnapshotRound round = SnapshotRound.From(commits[rows..(rows + 2)]);
            for (int writes = 1; await TryInterruptAsync(round, writes); writes++)
            {
                for (int place = 0; place <= commits.Count; place++)
                {
                    IReadOnlyList<(string, Int128)>? due = await DueAtAsync(commits, place, now);
                    (told, untold) = due is null ? (told, untold + 1) : (told + 1, untold);
                    if (due is not null)
                    {
                        Assert.Equal(DueAt(commits[..place], now), due);
                    }
                }
            }

            if ((await AccountStore.ReadPositionAsync(Token)).Last == round.After)
            {
                await ApplyAsync(round);
            }
        }

        Assert.True(told > 0 && untold > 0, $"{told} {untold}");
    }

    private async Task<IReadOnlyList<(string Payer, Int128 Points)>> DueSumsAsync(Instant now) => Order((await AccountStore.ReadDueAsync(now, Token)).Points);

    /// <summary>The due points after some commits, computed from rows at another position.</summary>
    private async Task<IReadOnlyList<(string Payer, Int128 Points)>?> DueAtAsync(List<Commit> commits, int place, Instant now)
    {
        ReadModelPosition position = place == 0 ? default : new ReadModelPosition(commits[place - 1].Last, commits[place - 1].Seal);
        DueSums due = await AccountStore.ReadDueAsync(now, Token);
        (ReadModelPosition after, Sequence through) = due.RangeTo(position);
        IReadOnlyDictionary<PayerName, Int128>? points = await due.AtAsync(
            position.Last, now, commits.Where(commit => commit.First > after.Last && commit.Last <= through).ToAsyncEnumerable());
        return points is null ? null : Order(points);
    }

    private static List<(string Payer, Int128 Points)> DueAt(IEnumerable<Commit> commits, Instant now) => Order(
        commits.SelectMany(commit => commit.Entries)
            .Where(entry => !entry.LotPoints.IsZero && entry.ExpiresAt <= now)
            .GroupBy(entry => entry.Payer!)
            .ToDictionary(lots => lots.Key, lots => lots.Aggregate(Int128.Zero, (sum, entry) => sum + entry.LotPoints.Value)));

    private static List<(string Payer, Int128 Points)> Order(IReadOnlyDictionary<PayerName, Int128> points) =>
        [.. points.Where(payer => payer.Value != 0).Select(payer => (payer.Key.Value, payer.Value)).Order()];

    /// <summary>Credits that expire soon, with deductions, spends, holds and flushes.</summary>
    private List<Commit> RunExpiries()
    {
        List<Commit> commits = [];
        for (int hour = 0; hour < 20; hour++)
        {
            string account = hour % 3 == 0 ? "b" : "a";
            Ledger.Add(account, "P", 50 + hour, day: hour % 4, expiresIn: TimeSpan.FromHours(1 + (hour % 7 * 5)));
            Ledger.Add("c", "Q", 20, day: -hour, expiresIn: TimeSpan.FromHours(2 + (hour % 3)));
            Ledger.Add(account, "P", -3, day: -1);
            Ledger.Spend(account, 10, hold: hour % 2 == 0 ? TimeSpan.FromHours(6) : null);
            if (hour % 5 == 4)
            {
                Ledger.Flush(account);
            }

            commits.Add(Ledger.Commit());
            Host.Clock.Advance(TimeSpan.FromHours(1));
        }

        return commits;
    }
}

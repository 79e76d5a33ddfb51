using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

/// <summary>A list takes sums and due points from two stores, which may be at different entries. The answer must always be that of one entry.</summary>
public sealed class PayerRaceTests
{
    private const int Accounts = 120;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 3)]
    [InlineData(4, 1)]
    [InlineData(200_000, 200_000)]
    public async Task A_list_of_payers_is_consistent_while_points_are_swept_and_added(int accountRound, int sumRound)
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        SnapshotWriterOptions snapshotWriterOptions = Node.SnapshotWriterOptions;
        snapshotWriterOptions.RoundEntriesMax = accountRound;
        ReadModelOptions readModelOptions = Node.ReadModelOptions;
        readModelOptions.RoundEntriesMax = sumRound;
        await using Node node = await Node.StartAsync(clock: clock, snapshotWriterOptions: snapshotWriterOptions, readModelOptions: readModelOptions);
        Instant expiry = Instant.FromDateTimeOffset(clock.GetUtcNow().AddHours(1));
        for (int number = 0; number < Accounts; number++)
        {
            (await node.DoAsync(Given.Add(10, account: AccountOf(number)) with { ExpiresAt = expiry })).Accepted();
        }

        // All credits are due now, so the sweeper can record their expiry too.
        clock.Advance(TimeSpan.FromHours(2));
        Instant now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        Task writing = Task.Run(
            async () =>
            {
                for (int number = 0; number < Accounts; number++)
                {
                    (await node.DoAsync(number % 3 == 0 ? Given.Add(1, account: AccountOf(number)) : new ExpireDue(AccountOf(number)))).Accepted();
                }
            },
            Token);
        HashSet<(Int128 Points, Int128 Due)> seen = [];
        do
        {
            Outcome<PayerPage> page = await node.Queries.ListPayersAsync(null, null, 10, Token);
            Assert.True(page.Refusal?.Code is null or RefusalCode.CatchingUp, page.Refusal?.ToString());
            seen.UnionWith((page.Value?.Payers ?? []).Select(payer => (payer.Points, payer.Due)));
        }
        while (!writing.IsCompleted);

        await writing;
        PayerLine last = Assert.Single((await node.Queries.ListPayersAsync(null, null, 10, Token)).Value!.Payers);
        Assert.Equal((Accounts / 3, 0), ((int)last.Points, (int)last.Due));
        Assert.Subset(SumsOf(node.Store.Commits, now), seen);
    }

    /// <summary>The points and the due points after each commit.</summary>
    private static HashSet<(Int128 Points, Int128 Due)> SumsOf(IEnumerable<Commit> commits, Instant now)
    {
        HashSet<(Int128 Points, Int128 Due)> all = [];
        (Int128 points, Int128 due) = (0, 0);
        foreach (Commit commit in commits)
        {
            foreach (Entry entry in commit.Entries)
            {
                points += entry.Points.Value;
                due += entry.ExpiresAt <= now ? entry.LotPoints.Value : 0;
            }

            all.Add((points, due));
        }

        return all;
    }

    private static AccountId AccountOf(int number) => AccountId.FromTrusted($"account{number}");
}

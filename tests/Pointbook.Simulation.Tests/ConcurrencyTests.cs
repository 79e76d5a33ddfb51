using System.Globalization;
using System.Net;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

public sealed class ConcurrencyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const int Clients = 64;
    private const int StepsPerClient = 12;
    private const string Timestamp = "2020-11-02T14:00:00Z";

    [Theory]
    [InlineData("one", 1)]
    [InlineData("many", 50)]
    public async Task No_point_is_lost_or_overspent(string prefix, int accounts)
    {
        string Account(int index) => string.Create(CultureInfo.InvariantCulture, $"{prefix}:{index % accounts}");
        long[] expected = new long[accounts];
        Reply[] last = await ForEachClientAsync(async (client, number) =>
        {
            Random random = Seeded.Random(Seeded.Seed, number);
            for (int step = 1; ; step++)
            {
                int account = random.Next(accounts);
                Assert.All(await client.BalanceAsync(Account(account)), line => Assert.InRange(line.Value, 0, long.MaxValue));
                long points = random.Next(1, 1_000);
                (long change, Task<Reply> sending) = random.Next(3) switch
                {
                    0 => (-points, client.SpendAsync(Account(account), points)),
                    1 => (-points, client.AddAsync(Account(account), $"PAYER {random.Next(5)}", -points, Timestamp)),
                    _ => (points, client.AddAsync(Account(account), $"PAYER {random.Next(5)}", points, Timestamp)),
                };
                Reply reply = await sending;
                Assert.True(reply.IsDone || (change < 0 && reply.Code is "insufficient_points" or "insufficient_payer_points"), reply.ToString());
                Interlocked.Add(ref expected[account], reply.IsDone ? change : 0);
                if (step == StepsPerClient)
                {
                    return reply;
                }
            }
        });

        Assert.Equal(Clients, last.Length);

        using LedgerClient client = fixture.Server.NewClient();
        for (int account = 0; account < accounts; account++)
        {
            Assert.Equal(expected[account], await client.TotalAsync(Account(account)));
        }

        fixture.Audit();
    }

    [Fact]
    public async Task Of_too_many_spends_exactly_as_many_succeed_as_there_are_points_for()
    {
        await AddAsync("fits", "DANNON", 600);
        await AddAsync("fits", "UNILEVER", 400);

        Reply[] replies = await ForEachClientAsync((client, _) => client.SpendAsync("fits", 48));

        Assert.Equal(20, replies.Count(reply => reply.IsDone));
        Assert.All(replies.Where(reply => !reply.IsDone), reply => Assert.Equal("insufficient_points", reply.Code));
        Assert.All(replies.Where(reply => !reply.IsDone), reply => Assert.Equal(40, reply.Json["available"]!.GetValue<long>()));
        Assert.Equal(960, replies.Where(reply => reply.IsDone).Sum(reply => reply.Json["draws"]!.AsArray().Sum(draw => draw!["points"]!.GetValue<long>())));
        using LedgerClient client = fixture.Server.NewClient();
        Assert.Equal([KeyValuePair.Create("DANNON", 0L), KeyValuePair.Create("UNILEVER", 40L)], await client.BalanceAsync("fits"));
    }

    [Fact]
    public async Task Of_too_many_deductions_exactly_as_many_succeed_as_the_payer_has_points_for()
    {
        await AddAsync("deducted", "DANNON", 1_000);
        await AddAsync("deducted", "UNILEVER", 5_000);

        Reply[] replies = await ForEachClientAsync((client, _) => client.AddAsync("deducted", "DANNON", -48, Timestamp));

        Assert.Equal(20, replies.Count(reply => reply.IsDone));
        Assert.All(replies.Where(reply => !reply.IsDone), reply => Assert.Equal("insufficient_payer_points", reply.Code));
        using LedgerClient client = fixture.Server.NewClient();
        Assert.Equal([KeyValuePair.Create("DANNON", 40L), KeyValuePair.Create("UNILEVER", 5_000L)], await client.BalanceAsync("deducted"));
    }

    [Theory]
    [InlineData("/v1/accounts/duplicate/transactions", """{"payer":"DANNON","points":7,"timestamp":"2020-11-02T14:00:00Z"}""", 1_007)]
    [InlineData("/v1/accounts/duplicate-spend/spends", """{"points":7}""", 993)]
    public async Task Duplicates_with_one_key_write_once_and_get_the_same_answer(string path, string body, long total)
    {
        string account = path.Split('/')[3];
        await AddAsync(account, "DANNON", 1_000);

        Reply[] replies = await ForEachClientAsync((client, _) => client.PostAsync(path, body, "one-key"));

        Assert.All(replies, reply => Assert.Equal(HttpStatusCode.Created, reply.Status));
        Assert.Single(replies.Select(reply => reply.Body).Distinct(StringComparer.Ordinal));
        Assert.Single(replies, reply => !reply.IsReplay);
        using LedgerClient client = fixture.Server.NewClient();
        Assert.Equal(total, await client.TotalAsync(account));
    }

    [Fact]
    public async Task Of_different_requests_with_one_key_only_one_is_carried_out()
    {
        await AddAsync("different", "DANNON", 10_000);

        Reply[] replies = await ForEachClientAsync((client, number) => client.SpendAsync("different", 1 + (number % 4), "one-key"));

        Assert.Equal(Clients / 4, replies.Count(reply => reply.IsDone));
        Assert.All(replies.Where(reply => !reply.IsDone), reply => Assert.Equal("idempotency_mismatch", reply.Code));
        long spent = Assert.Single(replies.Where(reply => reply.IsDone).Select(reply => reply.Json["points"]!.GetValue<long>()).Distinct());
        using LedgerClient client = fixture.Server.NewClient();
        Assert.Equal(10_000 - spent, await client.TotalAsync("different"));
    }

    private async Task AddAsync(string account, string payer, long points)
    {
        using LedgerClient client = fixture.Server.NewClient();
        Assert.Equal(HttpStatusCode.Created, (await client.AddAsync(account, payer, points, Timestamp)).Status);
    }

    /// <summary>Does the same over 64 connections at the same time.</summary>
    private async Task<T[]> ForEachClientAsync<T>(Func<LedgerClient, int, Task<T>> work)
    {
        LedgerClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => fixture.Server.NewClient())];
        try
        {
            // Opens all connections first, so that no client is late because it must open one.
            await Task.WhenAll(clients.Select(client => client.GetAsync("/health/live")));
            return await Task.WhenAll(clients.Select((client, number) => Task.Run(() => work(client, number))));
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }
    }
}

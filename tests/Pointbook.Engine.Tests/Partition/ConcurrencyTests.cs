using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

public sealed class ConcurrencyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Sixty_four_callers_lose_and_overspend_no_point(int accounts)
    {
        await using Node node = await Node.StartAsync();
        AccountId[] ids = [.. Enumerable.Range(0, accounts).Select(number => AccountId.FromTrusted($"account-{number}"))];
        long left = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
        {
            Random random = new(caller);
            for (int turn = 0; turn < 200; turn++)
            {
                AccountId account = ids[random.Next(accounts)];
                Command command = random.Next(2) == 0
                    ? Given.Add(random.Next(1, 20), random.Next(100), account: account)
                    : Given.Spend(random.Next(1, 40), account);
                Outcome<Receipt> outcome = await node.DoAsync(command);
                Assert.True(outcome.Code() is null or RefusalCode.InsufficientPoints);
                Interlocked.Add(ref left, outcome.Value?.Operation.Points.Value ?? 0);
            }
        })));

        long total = 0;
        foreach (AccountId account in ids)
        {
            long points = await node.PointsAsync(account);
            Assert.True(points >= 0);
            total += points;
        }

        Assert.Equal(left, total);
        await node.VerifyAsync();
    }

    [Fact]
    public async Task Of_too_many_spends_exactly_as_many_succeed_as_there_are_points_for()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        Outcome<Receipt>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => node.DoAsync(Given.Spend(3)))));
        Assert.Equal(33, outcomes.Count(outcome => !outcome.IsRefused));
        Assert.Equal(1, await node.PointsAsync(Given.Carol));
    }
}

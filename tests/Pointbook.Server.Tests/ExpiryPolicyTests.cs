using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>Expiry:After</c>.</summary>
public sealed class ExpiryPolicyTests
{
    [Fact]
    public async Task Credits_without_an_expiry_expire_by_the_policy()
    {
        await using RunningServer server = await RunningServer.StartAtAsync(
            new ShiftedClock(new DateTimeOffset(2032, 2, 29, 12, 0, 0, TimeSpan.Zero)), "--Expiry:After", "P1Y");
        AccountClient alice = new(server);
        Transaction byPolicy = await alice.AddAsync("DANNON", 300, "2032-02-29T10:00:00Z");
        Transaction own = await alice.AddAsync("DANNON", 300, "2032-02-29T10:00:00Z", ""","expiresAt":"2040-01-01T00:00:00Z" """);
        Transaction deduction = await alice.AddAsync("DANNON", -1, "2032-02-29T10:00:00Z");
        Assert.Equal("2033-02-28T10:00:00Z", Rfc3339.Format(byPolicy.ExpiresAt!.Value));
        Assert.Equal("2040-01-01T00:00:00Z", Rfc3339.Format(own.ExpiresAt!.Value));
        Assert.Null(deduction.ExpiresAt);
        Assert.Equal(byPolicy.ExpiresAt, (await alice.LotsAsync()).Items[0].ExpiresAt);
    }

    [Fact]
    public async Task Expired_points_are_neither_shown_nor_spent()
    {
        ShiftedClock clock = new(new DateTimeOffset(2032, 2, 29, 12, 0, 0, TimeSpan.Zero));
        await using RunningServer server = await RunningServer.StartAtAsync(clock, "--Expiry:After", "P1D");
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300, "2032-02-29T10:00:00Z");
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, (await alice.BalanceAsync()).Points);
        Assert.Empty((await alice.LotsAsync()).Items);
        Problem problem = (await alice.PostAsync("/spends", """{"points":1}""")).AssertIs(422, "insufficient_points").Problem;
        Assert.Equal(0, problem.Available);
    }
}

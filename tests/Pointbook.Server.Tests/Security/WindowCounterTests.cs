using Microsoft.Extensions.Time.Testing;
using Pointbook.Server.RateLimits;

namespace Pointbook.Server.Tests.Security;

/// <summary>However many clients come, the number of counters stays within its bound. Clients that share a counter share its limit.</summary>
public sealed class WindowCounterTests
{
    private const int UnknownClients = 200_000;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(8, 8)]
    [InlineData(1_000, 1_000)]
    [InlineData(1_007, 1_000)]
    public void The_number_of_counters_never_exceeds_the_bound(int countersMax, int count)
    {
        WindowCounters counters = new(3, Window, countersMax, _clock);
        int letThrough = Enumerable.Range(0, UnknownClients).Count(stranger => Take(counters, stranger) is null);
        Assert.Equal(count, counters.Count);
        // Each counter accepts three requests within the window, so the accepted requests show how many counters there are.
        Assert.Equal(3 * count, letThrough);
        _clock.Advance(Window);
        Assert.Equal(3 * count, Enumerable.Range(0, UnknownClients).Count(stranger => Take(counters, stranger) is null));
    }

    [Fact]
    public void Counting_a_request_allocates_no_memory()
    {
        WindowCounters counters = new(1, Window, 1_000, _clock);
        byte[] who = new byte[sizeof(int)];
        counters.Take(who);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int stranger = 0; stranger < UnknownClients; stranger++)
        {
            BitConverter.TryWriteBytes(who, stranger);
            counters.Take(who);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, UnknownClients);
    }

    [Fact]
    public void With_few_clients_each_has_its_own_counter()
    {
        WindowCounters counters = new(2, Window, 100_000, _clock);
        for (int round = 0; round < 2; round++)
        {
            Assert.All(Enumerable.Range(0, 5_000), stranger => Assert.Null(Take(counters, stranger)));
        }

        Assert.All(Enumerable.Range(0, 5_000), stranger => Assert.Equal(Window, Take(counters, stranger)));
    }

    [Fact]
    public void A_count_is_kept_until_its_window_has_ended()
    {
        WindowCounters counters = new(1, Window, 8, _clock);
        Assert.Null(Take(counters, -1));
        _clock.Advance(Window - TimeSpan.FromSeconds(1));
        for (int stranger = 0; stranger < 1_000; stranger++)
        {
            Take(counters, stranger);
        }

        Assert.Equal(TimeSpan.FromSeconds(1), Take(counters, -1));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Take(counters, -1));
    }

    private static TimeSpan? Take(WindowCounters counters, int who) => counters.Take(BitConverter.GetBytes(who));
}

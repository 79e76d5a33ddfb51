using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

public sealed class TimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Noon);

    [Fact]
    public async Task Each_commit_is_recorded_later_than_the_previous_one_even_if_the_clock_stops_or_is_set_back()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Instant first = (await node.DoAsync(Given.Add(1))).Accepted().RecordedAt;
        Instant second = (await node.DoAsync(Given.Add(1))).Accepted().RecordedAt;
        _clock.AdjustTime(Noon.AddHours(-1));
        Instant third = (await node.DoAsync(Given.Add(1))).Accepted().RecordedAt;

        Assert.Equal(Instant.FromDateTimeOffset(Noon), first);
        Assert.Equal(
            [first.UnixMicroseconds + 1, first.UnixMicroseconds + 2],
            new[] { second.UnixMicroseconds, third.UnixMicroseconds });
    }

    [Fact]
    public async Task No_entry_is_recorded_at_or_before_the_time_of_an_earlier_answer()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Instant asOf = (await node.BalanceAsync(Given.Carol)).AsOf;
        Assert.True((await node.DoAsync(Given.Add(1))).Accepted().RecordedAt > asOf);
        asOf = (await node.BalanceAsync(Given.Carol)).AsOf;
        _clock.AdjustTime(Noon.AddMinutes(-1));
        Assert.True((await node.DoAsync(Given.Add(1))).Accepted().RecordedAt > asOf);
    }

    [Fact]
    public async Task The_next_process_records_later_than_the_previous_one()
    {
        await using Node first = await Node.StartAsync(clock: _clock);
        Instant before = (await first.DoAsync(Given.Add(1))).Accepted().RecordedAt;
        _clock.AdjustTime(Noon.AddHours(-1));
        await using Node second = await Node.StartAsync(first.Store, clock: _clock);
        Assert.True((await second.DoAsync(Given.Add(1))).Accepted().RecordedAt > before);
    }

    [Fact]
    public async Task A_writer_that_was_delayed_too_long_decides_again_at_a_later_time()
    {
        await using Node node = await Node.StartAsync(new MemoryJournal(_clock), clock: _clock);
        int appends = 0;
        node.Journal.BeforeAppend = () =>
        {
            // The process pauses once, between decision and append.
            if (Interlocked.Increment(ref appends) == 1)
            {
                _clock.Advance(TimeSpan.FromMinutes(1));
            }

            _clock.AutoAdvanceAmount = TimeSpan.FromMilliseconds(1);
            return Task.CompletedTask;
        };
        Task<Outcome<Receipt>> adding = node.DoAsync(Given.Add(1));
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            return adding.IsCompleted;
        });
        Assert.True((await adding).Accepted().RecordedAt >= Instant.FromDateTimeOffset(Noon.AddMinutes(1)));
        Assert.Equal(2, appends);
    }

    [Fact]
    public async Task A_timestamp_can_be_at_most_a_day_ahead_of_the_clock()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Instant dayAhead = Instant.FromDateTimeOffset(Noon.AddHours(24));
        AddTransaction add = Given.Add(1);
        Outcome<Receipt> refused = await node.DoAsync(add with { OccurredAt = Instant.FromUnixMicroseconds(dayAhead.UnixMicroseconds + 1) });
        Assert.Equal(RefusalCode.TimestampInFuture, refused.Code());
        Assert.Equal(dayAhead, refused.Refusal!.TimestampMax);

        _clock.Advance(TimeSpan.FromMicroseconds(1));
        (await node.DoAsync(add with { OccurredAt = dayAhead })).Accepted();
    }

    [Fact]
    public async Task Seals_and_times_of_a_long_run_verify()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        foreach (int day in Enumerable.Range(1, 50))
        {
            (await node.DoAsync(Given.Add(day, day))).Accepted();
        }

        JournalHead head = await node.VerifyAsync();
        Assert.Equal(new Sequence(50), head.Last);
    }
}

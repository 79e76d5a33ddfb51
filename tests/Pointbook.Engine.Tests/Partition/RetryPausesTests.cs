using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>The pauses between failing attempts grow up to a bound, and begin again after a success.</summary>
public sealed class RetryPausesTests
{
    private static readonly StorageFailureException Failure = new("Scripted.");

    [Fact]
    public void Pauses_double_up_to_64_times_the_first_one()
    {
        RetryPauses pauses = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 64], Enumerable.Range(0, 8).Select(_ => (int)pauses.Next(Failure).TotalMilliseconds));
        pauses.Reset();
        Assert.Equal(TimeSpan.FromMilliseconds(1), pauses.Next(Failure));
    }

    [Fact]
    public void No_pause_is_longer_than_the_longest_one()
    {
        RetryPauses pauses = new(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(0, 8).Select(_ => (int)pauses.Next(Failure).TotalMinutes));
    }

    [Fact]
    public void A_damaged_journal_gets_the_longest_pause_at_once() =>
        Assert.Equal(TimeSpan.FromMinutes(1), new RetryPauses(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)).Next(new JournalDamagedException(0, "Scripted.")));
}

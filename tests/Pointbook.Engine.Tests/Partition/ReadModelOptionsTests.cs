using Pointbook.Engine.ReadModel;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>The bounds of the read model have valid ranges, and several partitions share the limits that are for all of them.</summary>
public sealed class ReadModelOptionsTests
{
    public static TheoryData<string, Action<ReadModelOptions>> Faults => new()
    {
        { "RoundEntriesMax", options => options.RoundEntriesMax = 0 },
        { "RoundEntriesMax", options => options.RoundEntriesMax = 10_000_001 },
        { "RoundDelay", options => options.RoundDelay = TimeSpan.FromTicks(-1) },
        { "RoundDelay", options => options.RoundDelay = TimeSpan.FromSeconds(10.1) },
        { "RetryDelay", options => options.RetryDelay = TimeSpan.Zero },
        { "RetryDelay", options => options.RetryDelay = TimeSpan.FromMinutes(1.1) },
        { "PendingEntriesMax", options => options.PendingEntriesMax = 0 },
        { "PendingEntriesMax", options => options.PendingEntriesMax = 100_000_001 },
        { "BuildsInFlightMax", options => options.BuildsInFlightMax = 0 },
        { "BuildsInFlightMax", options => options.BuildsInFlightMax = 65 },
        { "LookInterval", options => options.LookInterval = TimeSpan.FromMilliseconds(99) },
        { "LookInterval", options => options.LookInterval = TimeSpan.FromHours(1.1) },
    };

    [Fact]
    public void The_default_options_are_valid() => Assert.Null(new ReadModelOptions().Fault());

    [Theory]
    [MemberData(nameof(Faults))]
    public void An_error_names_the_option_that_is_out_of_range(string option, Action<ReadModelOptions> set)
    {
        ReadModelOptions options = new();
        set(options);
        Assert.StartsWith($"{option} must be between ", options.Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200_000, 1, 200_000)]
    [InlineData(200_000, 4, 50_000)]
    [InlineData(200_000, 1_024, 10_000)]
    [InlineData(7, 16, 7)]
    public void Partitions_share_the_bound_of_waiting_entries(int all, int hosted, int share) =>
        Assert.Equal(share, new ReadModelOptions { PendingEntriesMax = all }.ShareOf(hosted).PendingEntriesMax);
}

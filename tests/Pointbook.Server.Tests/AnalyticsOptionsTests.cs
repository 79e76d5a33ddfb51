using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>The server checks the options of analytics before it writes anything.</summary>
public sealed class AnalyticsOptionsTests
{
    [Theory]
    [InlineData("Analytics:RoundEntriesMax must be between 1 and 1000000.", "--Analytics:RoundEntriesMax", "0")]
    [InlineData("Analytics:RoundsInFlightMax must be between 1 and 64.", "--Analytics:RoundsInFlightMax", "65")]
    [InlineData("Analytics:Delay must be between 00:00:00.010 and 01:00:00.", "--Analytics:Delay", "00:00:00")]
    [InlineData("Analytics:RetryDelay must be between 00:00:00.010 and 01:00:00.", "--Analytics:RetryDelay", "01:00:01")]
    [InlineData("Analytics:Enabled must be true or false, but is 'yes'.", "--Analytics:Enabled", "yes")]
    [InlineData("Analytics:ConnectionString is not a valid connection string. Write it as Host=…;Port=…;Database=…;Username=…;Password=….", "--Analytics:ConnectionString", "s3cret")]
    [InlineData("Analytics:ConnectionString names no host or no database. Add Host=… and Database=….", "--Analytics:ConnectionString", "Host=h")]
    [InlineData("Analytics:File and Analytics:ConnectionString are both set. Set only one of them.", "--Analytics:File", "a.db", "--Analytics:ConnectionString", "Host=h;Database=d")]
    [InlineData(
        "Analytics:File is not valid if Storage:Provider is Postgres. Remove Analytics:File.",
        "--Analytics:File", "a.db", "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", "Host=h;Database=d")]
    public async Task Invalid_options_are_rejected_with_one_sentence(string sentence, params string[] arguments) =>
        Assert.Equal(sentence, await RefusedStart.RunAsync(arguments));

    [Fact]
    public async Task A_file_name_is_relative_to_the_data_directory()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            configure: null, "--Analytics:Enabled", "true", "--Analytics:File", "figures.db");
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(server.DataDirectory, "figures.db")));
        Assert.False(File.Exists(Path.Combine(server.DataDirectory, "pointbook.analytics.db")));
    }
}

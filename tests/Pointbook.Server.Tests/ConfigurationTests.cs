using Microsoft.Extensions.Configuration;
using Pointbook.Engine.Partition;
using Pointbook.Server.Hosting;
using Pointbook.Server.Tests.Support;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Tests;

/// <summary>The server does not start with settings that it would ignore or cannot read.</summary>
public sealed class ConfigurationTests
{
    private const string Sections =
        "Analytics, Bulk, Clock, Cors, Expiry, Feed, Health, Holds, Http, Idempotency, Jwt, Keys, Operations, Partition, Query, RateLimits, ReadModel, SnapshotWriter, Storage, Sweeper, Testing";

    [Theory]
    [InlineData("Jwt:AccountClaim", "Jwt:AccountClaim is not an option of the server. Valid options: Jwt:AccountsClaim, Jwt:Audience, Jwt:Authority, Jwt:AuthorityAgeMax, Jwt:ClockSkew, Jwt:Issuer, Jwt:KeySetFile, Jwt:RefreshInterval.")]
    [InlineData("Cors:Origin", "Cors:Origin is not an option of the server. Valid options: Cors:Origins.")]
    [InlineData("Cors:Origins:0", "Cors:Origins:0 is not an option of the server. Set Cors:Origins to a single value.")]
    [InlineData("Http:TrustedProxies:0", "Http:TrustedProxies:0 is not an option of the server. Set Http:TrustedProxies to a single value.")]
    [InlineData("RateLimits:PerKey:Requests", "RateLimits:PerKey:Requests is not an option of the server. Set RateLimits:PerKey to a single value.")]
    [InlineData("Keys:Store:Path", "Keys:Store is not an option of the server. Valid options: Keys:AgeMax, Keys:CountMax, Keys:RefreshInterval.")]
    [InlineData("Storage:ConnectionStrings:first", "Storage:ConnectionStrings:first is not an option of the server. Number the values of Storage:ConnectionStrings as Storage:ConnectionStrings:0, Storage:ConnectionStrings:1 and so on.")]
    [InlineData("Storage:ConnectionStrings:0:Host", "Storage:ConnectionStrings:0 is not an option of the server. Number the values")]
    [InlineData("Clock:Directory", "Clock:Directory is not an option of the server. Valid options: Clock:GapMax, Clock:SkewMax.")]
    [InlineData("Query:SkewMax", "Query:SkewMax is not an option of the server. Valid options: Query:DueEntriesMax, Query:HistoryBytesMax, Query:OperationsScannedMax, Query:PayerReadsInFlightMax, Query:ReplaysInFlightMax, Query:WaitMax.")]
    [InlineData("RateLimit:PerKey", $"RateLimit:PerKey is not an option of the server. Use one of the sections {Sections}, or a setting of ASP.NET Core, such as urls, Kestrel and Logging.")]
    [InlineData("Security:Jwt:Audience", "Security:Jwt:Audience is not an option of the server. Use one of the sections ")]
    [InlineData("unrelated", "unrelated is not an option of the server. Use one of the sections ")]
    [InlineData("RateLimits", "RateLimits is a section and can't have a value. Set one of its options, such as RateLimits:PerKey.")]
    public async Task Misspelt_options_are_refused_with_the_valid_names(string option, string sentence) =>
        Assert.StartsWith(sentence, await RefusedStart.RunAsync("--" + option, "5"), StringComparison.Ordinal);

    [Theory]
    [InlineData("RateLimits:PerAddress", "abc", "RateLimits:PerAddress must be a whole number of at most 2147483647, but is 'abc'.")]
    [InlineData("RateLimits:PerKey", "2147483648", "RateLimits:PerKey must be a whole number of at most 2147483647, but is '2147483648'.")]
    [InlineData("Http:ConnectionsMax", "1.5", "Http:ConnectionsMax must be a whole number of at most 2147483647, but is '1.5'.")]
    [InlineData("Partition:CacheBytesMax", "1 GB", "Partition:CacheBytesMax must be a whole number, but is '1 GB'.")]
    [InlineData("Keys:AgeMax", "1s", "Keys:AgeMax must be a duration such as 00:01:00, but is '1s'.")]
    [InlineData("clock:skewmax", "soon", "Clock:skewmax must be a duration such as 00:01:00, but is 'soon'.")]
    public async Task Invalid_values_are_refused_with_what_to_write(string option, string value, string sentence) =>
        Assert.Equal(sentence, await RefusedStart.RunAsync("--" + option, value));

    [Fact]
    public async Task All_errors_are_reported_at_once() => Assert.Equal(
        ["rates is not", "Cors:Origin is not", "Keys:AgeMax must be"],
        (await RefusedStart.RunAsync("--Keys:AgeMax", "x", "--rates", "1", "--Cors:Origin", "x")).Split(Environment.NewLine).Select(sentence => string.Join(' ', sentence.Split(' ').Take(3)).TrimEnd(';')));

    [Fact]
    public void Files_and_the_environment_can_have_other_sections_than_those_of_the_server()
    {
        string[] faults = Faults(("POSTGRES_PORT", "tcp://10.0.0.1:5432"), ("HTTP", "x"), ("Keys", "x"), ("Other:Option", "x"), ("JWT:accountclaim", "x"), ("RateLimits:PerKey", ""));
        Assert.StartsWith("JWT:accountclaim is not an option", Assert.Single(faults), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Databases_can_be_one_value_or_a_numbered_list() =>
        Assert.Empty(Faults(("Storage:ConnectionStrings", "Host=a"), ("storage:connectionstrings:0", "Host=a"), ("Storage:ConnectionStrings:10", "Host=b")));

    [Fact]
    public void Only_true_and_false_are_valid_switches()
    {
        KnownSection section = new("S", new Dictionary<string, Type> { ["Is"] = typeof(bool) });
        Assert.Equal(["S:Is must be true or false, but is 'yes'."], section.Faults(Configured(("S:Is", "yes"))));
        Assert.Empty(section.Faults(Configured(("S:Is", "True"))));
    }

    [Fact]
    public void Every_option_is_known()
    {
        IEnumerable<Type> types = new[] { typeof(PointbookApp), typeof(PartitionOptions), typeof(SqliteStoreOptions), typeof(PostgresStoreOptions) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal));
        HashSet<string> known = [.. KnownSections.All.SelectMany(section => section.Options.Keys)];
        Assert.All(
            types.SelectMany(type => type.GetProperties()).Where(property => property.SetMethod is { IsPublic: true }),
            property => Assert.Contains(property.Name, known));
    }

    private static string[] Faults(params (string Key, string Value)[] values) => [.. KnownSections.Faults(Configured(values), KnownSections.All)];

    private static IConfigurationRoot Configured(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, (string?)value.Value))).Build();
}

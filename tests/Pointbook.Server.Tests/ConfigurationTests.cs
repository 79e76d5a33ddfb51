using Microsoft.Extensions.Configuration;
using Pointbook.Engine.Partition;
using Pointbook.Server.Hosting;
using Pointbook.Server.Tests.Support;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Tests;

/// <summary>What is configured and would be overlooked, or cannot be read, keeps the server from starting.</summary>
public sealed class ConfigurationTests
{
    private const string Sections =
        "Bulk, Clock, Cors, Expiry, Feed, Health, Holds, Http, Idempotency, Jwt, Keys, Operations, Partition, Projector, Query, RateLimits, Storage, Sweeper, Testing";

    [Theory]
    [InlineData("Jwt:AccountClaim", "Jwt:AccountClaim is no option of the server; use one of Jwt:AccountsClaim, Jwt:Audience, Jwt:Authority, Jwt:AuthorityAgeMax, Jwt:ClockSkew, Jwt:Issuer, Jwt:KeySetFile, Jwt:RefreshInterval.")]
    [InlineData("Cors:Origin", "Cors:Origin is no option of the server; use one of Cors:Origins.")]
    [InlineData("Cors:Origins:0", "Cors:Origins:0 is no option of the server; write Cors:Origins as one value.")]
    [InlineData("Http:TrustedProxies:0", "Http:TrustedProxies:0 is no option of the server; write Http:TrustedProxies as one value.")]
    [InlineData("RateLimits:PerKey:Requests", "RateLimits:PerKey:Requests is no option of the server; write RateLimits:PerKey as one value.")]
    [InlineData("Keys:Store:Path", "Keys:Store is no option of the server; use one of Keys:AgeMax, Keys:CountMax, Keys:RefreshInterval.")]
    [InlineData("Storage:ConnectionStrings:first", "Storage:ConnectionStrings:first is no option of the server; number the values of Storage:ConnectionStrings as Storage:ConnectionStrings:0, Storage:ConnectionStrings:1 and so on.")]
    [InlineData("Storage:ConnectionStrings:0:Host", "Storage:ConnectionStrings:0 is no option of the server; number the values")]
    [InlineData("Clock:Directory", "Clock:Directory is no option of the server; use one of Clock:GapMax, Clock:SkewMax.")]
    [InlineData("Query:SkewMax", "Query:SkewMax is no option of the server; use one of Query:HistoryBytesMax, Query:OperationsScannedMax, Query:ReplaysInFlightMax, Query:WaitMax.")]
    [InlineData("RateLimit:PerKey", $"RateLimit:PerKey is no option of the server; use one of the sections {Sections}, or one of ASP.NET Core's, such as urls, Kestrel and Logging.")]
    [InlineData("Security:Jwt:Audience", "Security:Jwt:Audience is no option of the server; use one of the sections ")]
    [InlineData("unrelated", "unrelated is no option of the server; use one of the sections ")]
    [InlineData("RateLimits", "RateLimits is a section of options and takes no value; name one of its options, such as RateLimits:PerKey.")]
    public async Task What_is_misspelt_is_refused_with_what_it_may_be(string option, string sentence) =>
        Assert.StartsWith(sentence, await RefusedStart.SentenceAsync("--" + option, "5"), StringComparison.Ordinal);

    [Theory]
    [InlineData("RateLimits:PerAddress", "abc", "RateLimits:PerAddress is 'abc'; write a whole number of at most 2147483647.")]
    [InlineData("RateLimits:PerKey", "2147483648", "RateLimits:PerKey is '2147483648'; write a whole number of at most 2147483647.")]
    [InlineData("Http:ConnectionsMax", "1.5", "Http:ConnectionsMax is '1.5'; write a whole number of at most 2147483647.")]
    [InlineData("Partition:CacheBytesMax", "1 GB", "Partition:CacheBytesMax is '1 GB'; write a whole number.")]
    [InlineData("Keys:AgeMax", "1s", "Keys:AgeMax is '1s'; write a duration such as 00:01:00.")]
    [InlineData("clock:skewmax", "soon", "Clock:skewmax is 'soon'; write a duration such as 00:01:00.")]
    public async Task What_cannot_be_read_is_refused_with_what_to_write(string option, string value, string sentence) =>
        Assert.Equal(sentence, await RefusedStart.SentenceAsync("--" + option, value));

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once() => Assert.Equal(
        ["rates is no", "Cors:Origin is no", "Keys:AgeMax is 'x'"],
        (await RefusedStart.SentenceAsync("--Keys:AgeMax", "x", "--rates", "1", "--Cors:Origin", "x")).Split(Environment.NewLine).Select(sentence => string.Join(' ', sentence.Split(' ').Take(3)).TrimEnd(';')));

    [Fact]
    public void Files_and_the_environment_are_held_to_the_servers_own_sections_and_may_hold_others()
    {
        string[] faults = Faults(("POSTGRES_PORT", "tcp://10.0.0.1:5432"), ("HTTP", "x"), ("Keys", "x"), ("Other:Option", "x"), ("JWT:accountclaim", "x"), ("RateLimits:PerKey", ""));
        Assert.StartsWith("JWT:accountclaim is no option", Assert.Single(faults), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Databases_may_be_one_value_or_numbered() =>
        Assert.Empty(Faults(("Storage:ConnectionStrings", "Host=a"), ("storage:connectionstrings:0", "Host=a"), ("Storage:ConnectionStrings:10", "Host=b")));

    [Fact]
    public void True_and_false_are_told_from_other_words()
    {
        KnownSection section = new("S", new Dictionary<string, Type> { ["Is"] = typeof(bool) });
        Assert.Equal(["S:Is is 'yes'; write true or false."], section.Faults(Configured(("S:Is", "yes"))));
        Assert.Empty(section.Faults(Configured(("S:Is", "True"))));
    }

    [Fact]
    public void Every_option_that_there_is_is_known()
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

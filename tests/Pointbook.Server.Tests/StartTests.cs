using System.Diagnostics;
using System.Text.Json.Nodes;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>The built server in its own process.</summary>
public sealed class StartTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-start-");

    private static readonly string[] AddressVariables =
        ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "DOTNET_URLS", "URLS", "HTTP_PORTS"];

    /// <summary>Arguments, an environment variable or null, and what the server's sentence must name.</summary>
    public static TheoryData<string, string?, string> ForeignEndpoints { get; } = new()
    {
        { "--urls http://0.0.0.0:0", null, "0.0.0.0:0" },
        { "--urls http://[::]:0", null, "[::]:0" },
        { "--urls http://*:0", null, "[::]:0" },
        { "--urls http://+:0", null, "[::]:0" },
        { "--urls http://example.com:0", null, "[::]:0" },
        { "--urls http://10.1.2.3:5080", null, "10.1.2.3:5080" },
        { "--urls https://0.0.0.0:0", null, "0.0.0.0:0" },
        { "--urls http://127.0.0.1:0;http://0.0.0.0:0", null, "0.0.0.0:0" },
        { "--Kestrel:Endpoints:A:Url http://0.0.0.0:0", null, "0.0.0.0:0" },
        { "--Kestrel:Endpoints:A:Url http://127.0.0.1:0 --Kestrel:Endpoints:B:Url http://*:0", null, "[::]:0" },
        { "--urls http://127.0.0.1:0 --Kestrel:Endpoints:A:Url http://[::]:0", null, "[::]:0" },
        { "--http_ports 0", null, "[::]:0" },
        { "", "ASPNETCORE_URLS=http://0.0.0.0:0", "0.0.0.0:0" },
        { "", "ASPNETCORE_HTTP_PORTS=0", "[::]:0" },
        { "", "Kestrel__Endpoints__A__Url=http://0.0.0.0:0", "0.0.0.0:0" },
        { "--urls http://unix:/tmp/pointbook-test.sock", null, "the Unix socket /tmp/pointbook-test.sock" },
        { "--Kestrel:Endpoints:A:Url http://unix:/tmp/pointbook-test.sock", null, "the Unix socket /tmp/pointbook-test.sock" },
    };

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(ForeignEndpoints))]
    public async Task A_non_loopback_address_is_refused_with_one_sentence(string arguments, string? variable, string endpoint)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), variable);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith($"Pointbook refuses to listen on {endpoint}: ", error, StringComparison.Ordinal);
        Assert.Contains("--urls http://127.0.0.1:", error, StringComparison.Ordinal);
        Assert.Contains(
            $" pointbook keys create --name admin --scope read,add,spend,flush,admin --store 'sqlite:{_directory.FullName}', or ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--Http:BodySizeMax 0", "Http:BodySizeMax must be between 1024 and 524288, but is 0.")]
    [InlineData("--Http:BodySizeMax 524289", "Http:BodySizeMax must be between 1024 and 524288, but is 524289.")]
    [InlineData("--Http:BodySizeMax many", "Http:BodySizeMax must be a whole number of at most 2147483647, but is 'many'.")]
    [InlineData("--Http:HeadersSizeMax 1", "Http:HeadersSizeMax must be between 1024 and 1048576, but is 1.")]
    [InlineData("--Http:HeadersTimeout 00:00:00", "Http:HeadersTimeout must be between 00:00:01 and 01:00:00, but is 00:00:00.")]
    [InlineData("--Http:KeepAliveTimeout 1.00:00:00", "Http:KeepAliveTimeout must be between 00:00:01 and 01:00:00, but is 1.00:00:00.")]
    [InlineData("--Http:ConnectionsMax -1", "Http:ConnectionsMax must be between 1 and 1000000, but is -1.")]
    [InlineData("--Storage:VacuumBytesMax -1", "Storage:VacuumBytesMax must be between 0 and 4294967296.")]
    [InlineData("--Storage:VacuumBytesMax 4294967297", "Storage:VacuumBytesMax must be between 0 and 4294967296.")]
    [InlineData("--Query:DueEntriesMax 999", "Query:DueEntriesMax must be between 1000 and 10000000.")]
    [InlineData("--Query:DueEntriesMax 10000001", "Query:DueEntriesMax must be between 1000 and 10000000.")]
    [InlineData("--Query:PayerReadsInFlightMax 0", "Query:PayerReadsInFlightMax must be between 1 and 1000.")]
    [InlineData("--Query:PayerReadsInFlightMax 1001", "Query:PayerReadsInFlightMax must be between 1 and 1000.")]
    [InlineData("--ReadModel:BuildsInFlightMax 65", "ReadModel:BuildsInFlightMax must be between 1 and 64.")]
    [InlineData("--Storage:Provider Postgres --Storage:ReadModelConnectionsMax 1001 --Storage:ConnectionStrings Host=h;Database=d", "Storage:ReadModelConnectionsMax must be between 2 and 1000.")]
    [InlineData("--Storage:Provider Postgres --Storage:ReadModelConnectionsMax 1 --Storage:ConnectionStrings Host=h;Database=d", "Storage:ReadModelConnectionsMax must be between 2 and 1000.")]
    [InlineData("--Storage:Provider Mongo", "Storage:Provider must be Sqlite or Postgres, but is 'Mongo'.")]
    [InlineData("--Storage:Partitions 4", "Storage:Partitions is 4, but SQLite supports only one partition.")]
    [InlineData("--Storage:Partitions many", "Storage:Partitions must be a whole number of at most 2147483647, but is 'many'.")]
    [InlineData("--Storage:ConnectionStrings Host=h;Database=d", "Storage:ConnectionStrings is set, but Storage:Provider is Sqlite.")]
    [InlineData("--Storage:ConnectionStrings:0 Host=h;Database=d", "Storage:ConnectionStrings is set, but Storage:Provider is Sqlite.")]
    [InlineData("--Storage:Provider Postgres", "Storage:ConnectionStrings names no database.")]
    [InlineData("--Storage:Provider postgres --Storage:Partitions 1025 --Storage:ConnectionStrings Host=h;Database=d", "Storage:Partitions must be between 1 and 1024.")]
    [InlineData("--Storage:Provider Postgres --Storage:ConnectionStrings Database=d;Password=s3cret", "Storage:ConnectionStrings:0 names no host")]
    [InlineData("--Storage:Provider Postgres --Storage:ConnectionStrings Host=127.0.0.1;Port=1;Database=d;Password=s3cret", "can't use the database d at 127.0.0.1:1:")]
    [InlineData("--Expiry:After soon", "Expiry:After must be an ISO 8601 duration such as P1Y or P18M, but is 'soon'. Correct it, or remove it.")]
    [InlineData("--Expiry:After P-1Y", "Expiry:After must be an ISO 8601 duration such as P1Y or P18M, but is 'P-1Y'.")]
    [InlineData("--Expiry:After 365.00:00:00", "Expiry:After must be an ISO 8601 duration such as P1Y or P18M, but is '365.00:00:00'.")]
    [InlineData("--Expiry:After PT0S", "points would expire immediately")]
    [InlineData("--Idempotency:KeepFor 00:59:59", "Idempotency:KeepFor must be between 01:00:00 and 365.00:00:00, but is 00:59:59.")]
    [InlineData("--Idempotency:KeepFor 365.00:00:01", "Idempotency:KeepFor must be between 01:00:00 and 365.00:00:00, but is 365.00:00:01.")]
    [InlineData("--Holds:DurationMax 00:00:00", "Holds:DurationMax must be between 00:00:01 and 3650.00:00:00, but is 00:00:00.")]
    [InlineData("--Holds:DurationMax PT15M", "Holds:DurationMax must be a duration such as 00:01:00, but is 'PT15M'.")]
    [InlineData("--Http:RequestTimeout 00:00:00.5", "Http:RequestTimeout must be between 00:00:01 and 01:00:00, but is 00:00:00.5000000.")]
    [InlineData("--Keys:AgeMax 00:01:00", "Keys:AgeMax must be between 00:00:00.0400000 and 00:00:10, but is 00:01:00.")]
    [InlineData("--Keys:RefreshInterval 00:00:01", "Keys:RefreshInterval must be between 00:00:00.0200000 and 00:00:00.5000000 (half of Keys:AgeMax), but is 00:00:01.")]
    [InlineData("--Keys:CountMax 0", "Keys:CountMax must be between 1 and 100000, but is 0.")]
    [InlineData("--urls nonsense", "nonsense")]
    public async Task Wrong_configuration_is_refused_with_one_sentence(string arguments, string sentence)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments.Split(' '), null);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task An_address_in_use_is_refused_with_one_sentence()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (int exitCode, _, string error) = await RunAsync(["--urls", server.Address.GetLeftPart(UriPartial.Authority)], null);
        Assert.Equal(1, exitCode);
        Assert.Contains("address already in use", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Without_Unicode_normalization_the_server_does_not_start()
    {
        string configuration = Path.Combine(AppContext.BaseDirectory, "pointbook.runtimeconfig.json");
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(configuration, TestContext.Current.CancellationToken))!;
        json["runtimeOptions"]!["configProperties"]!["System.Globalization.Invariant"] = true;
        string invariant = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        await File.WriteAllTextAsync(invariant, json.ToJsonString(), TestContext.Current.CancellationToken);
        try
        {
            ProcessStartInfo start = new("dotnet", ["exec", "--runtimeconfig", invariant, Path.Combine(AppContext.BaseDirectory, "pointbook.dll")]);
            (int exitCode, _, string error) = await RunAsync(start);
            Assert.Equal(1, exitCode);
            Assert.StartsWith("Pointbook can't start in globalization-invariant mode", error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
        finally
        {
            File.Delete(invariant);
        }
    }

    [Theory]
    [InlineData("--urls http://127.0.0.1:0", null)]
    [InlineData("--urls http://[::1]:0", null)]
    [InlineData("--Kestrel:Endpoints:A:Url http://127.0.0.1:0", null)]
    [InlineData("", "ASPNETCORE_URLS=http://127.0.0.1:0")]
    public async Task A_loopback_address_is_accepted_wherever_it_is_configured(string arguments, string? variable)
    {
        ProcessStartInfo start = StartInfo(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), variable);
        using Process process = Process.Start(start)!;
        try
        {
            string? data = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.EndsWith($"The data is stored in {_directory.FullName}", data, StringComparison.Ordinal);
            string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
            Assert.Matches(@"info: pointbook\[3000\] Listening on http://(127\.0\.0\.1|\[::1\]):[1-9][0-9]*$", line);
            string? hint = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.Contains($"curl {line[line.IndexOf("http", StringComparison.Ordinal)..]}/addTransaction -H", hint, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, string? variable) =>
        RunAsync(StartInfo(arguments, variable));

    private ProcessStartInfo StartInfo(string[] arguments, string? variable)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "pointbook"), arguments) { RedirectStandardOutput = true };
        start.Environment["Storage__Directory"] = _directory.FullName;
        AddressVariables.ToList().ForEach(name => start.Environment.Remove(name));
        if (variable is not null)
        {
            string[] parts = variable.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }

        return start;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}

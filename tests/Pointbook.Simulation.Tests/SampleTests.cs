using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

public sealed class SampleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task The_samples_print_the_documented_output()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        await AssertPrintsAsync("AddTransaction", [server.Address.ToString()], environment: []);
        await AssertPrintsAsync("Spend", [], [KeyValuePair.Create("POINTBOOK_URL", server.Address.ToString())]);
        await AssertPrintsAsync("Balance", [server.Address.ToString()], [KeyValuePair.Create("POINTBOOK_URL", "http://127.0.0.1:1")]);
        // The last sample uses a key, because from now on every caller needs one.
        string key = await Shell.RunAsync(
            $"dotnet exec '{Repository.ServerAssembly}' keys create --name samples --scope read,flush --store 'sqlite:{_directory.FullName}'", _directory.FullName);
        await AssertPrintsAsync(
            "FlushDb", [], [KeyValuePair.Create("POINTBOOK_URL", server.Address.ToString()), KeyValuePair.Create("POINTBOOK_KEY", key)]);
    }

    [Fact]
    public void Every_sample_is_tested() => Assert.Equal(
        ["AddTransaction.cs", "Balance.cs", "FlushDb.cs", "Spend.cs"],
        Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.cs").Select(Path.GetFileName).Order(StringComparer.Ordinal));

    public void Dispose() => _directory.Dispose();

    private static async Task AssertPrintsAsync(string sample, string[] arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        string expected = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "samples", $"{sample}.expected.txt"), TestContext.Current.CancellationToken);
        string printed = await Shell.RunAsync(
            "dotnet", ["run", $"samples/{sample}.cs", .. arguments], Repository.Root, [.. Shell.Environment, .. environment]);
        Assert.Equal(expected.Trim().ReplaceLineEndings("\n"), printed);
    }
}

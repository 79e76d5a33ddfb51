using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Pointbook.Server.Storage;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>The server reads its configuration files at the start and does not watch them afterwards.</summary>
public sealed class ConfigurationFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-configuration-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_file_in_the_working_directory_is_read_at_start_and_not_watched()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_directory.FullName, "appsettings.json"), """{"Query": {"WaitMax": "00:00:07"}}""", TestContext.Current.CancellationToken);
        await using WebApplication app = PointbookApp.Build(["--contentRoot", _directory.FullName], StorageSetup.AddLedger);

        Assert.Equal("00:00:07", app.Configuration["Query:WaitMax"]);
        FileConfigurationProvider[] files = [.. ((IConfigurationRoot)app.Configuration).Providers.OfType<FileConfigurationProvider>()];
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.False(file.Source.ReloadOnChange));
    }

    [Fact]
    public async Task A_commit_does_not_wake_a_file_watcher()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();

        Assert.DoesNotContain(
            Directory.GetFiles($"/proc/{server.Id}/fdinfo").SelectMany(ReadLines),
            line => line.StartsWith("inotify ", StringComparison.Ordinal));
    }

    /// <summary>The lines about an open file of the server, which may have closed it in the meantime.</summary>
    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return [];
        }
    }
}

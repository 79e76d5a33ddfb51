using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pointbook.Server.Hosting;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Tests.Support;

/// <summary>A server that must refuse to start with its configuration.</summary>
internal static class RefusedStart
{
    /// <summary>The sentence with which the server refuses to start, before it writes anything.</summary>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-start-");
        try
        {
            await using WebApplication app = PointbookApp.Build(["--urls", "http://127.0.0.1:0", "--Storage:Directory", directory.FullName, .. arguments], builder =>
            {
                builder.Logging.ClearProviders();
                StorageSetup.AddLedger(builder);
            });
            await app.StartAsync(TestContext.Current.CancellationToken);
            Assert.Fail("The server starts.");
            return "";
        }
        catch (OptionsValidationException invalid)
        {
            return Assert.Single(invalid.Failures);
        }
        catch (StartRefusedException refused)
        {
            return refused.Message;
        }
        finally
        {
            Assert.Empty(directory.EnumerateFileSystemInfos());
            directory.Delete(recursive: true);
        }
    }
}

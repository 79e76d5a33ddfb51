using System.Net;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>A bug in the core ends the process, so that its supervisor starts a new one. No acknowledged write is lost.</summary>
public sealed class BugTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_bug_in_the_loop_ends_the_process_with_1_and_the_next_process_continues(bool isAlsoTerminated)
    {
        using TemporaryDirectory directory = new();
        KeyValuePair<string, string> hook = new("DOTNET_STARTUP_HOOKS", typeof(BugTests).Assembly.Location);
        await using (ServerProcess server = await ServerProcess.StartAsync(directory.FullName, hook))
        {
            using LedgerClient client = server.NewClient();
            Reply reply = await client.AddAsync("a", "DANNON", 300, "2020-10-31T10:00:00Z");
            Assert.Equal(HttpStatusCode.InternalServerError, reply.Status);
            if (isAlsoTerminated)
            {
                server.Terminate(mayHaveEnded: true);
            }

            Assert.Equal((1, server.ToString()), (await server.WaitForExitAsync(), server.ToString()));
            Assert.Contains(server.Log, line => line.Contains("crit: Pointbook[1000]", StringComparison.Ordinal));
            Assert.Contains(server.Log, line => line.Contains("Scripted bug in the loop.", StringComparison.Ordinal));
            Assert.Contains(server.Log, line => line.Contains("PartitionLoop", StringComparison.Ordinal));
            Assert.Empty(server.Errors);
        }

        await using ServerProcess next = await ServerProcess.StartAsync(directory.FullName);
        using LedgerClient again = next.NewClient();
        Assert.Equal(300, await again.TotalAsync("a"));
        await next.StopAsync();
    }
}

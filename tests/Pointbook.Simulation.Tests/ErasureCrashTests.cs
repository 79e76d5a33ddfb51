using System.Net;
using System.Text;
using Pointbook.Simulation.Tests.Moving;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>If a server is killed during an erasure, the next start continues the erasure. POINTBOOK_SEED repeats the choices of a run.</summary>
public sealed class ErasureCrashTests : IDisposable
{
    private const int AccountsPerKill = 15;
    private static readonly int Kills = Math.Max(3, (Seeded.Setting("POINTBOOK_KILLS") ?? 20) / 4);
    private static readonly string[] Options = ["--SnapshotWriter:ErasureInterval", "00:00:01"];

    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = Seeded.Random(Seeded.Seed, -3);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task After_kills_no_file_contains_an_erased_account_and_all_others_keep_their_points_and_texts()
    {
        string[] erased = [.. Enumerable.Range(0, Kills * AccountsPerKill).Select(number => $"holder-{number:D4}@example.com")];
        string[] kept = [.. Enumerable.Range(0, 10).Select(number => $"neighbour-{number}@example.com")];
        await WriteAsync([.. erased, .. kept]);
        for (int kill = 0; kill < Kills; kill++)
        {
            await EraseUntilKilledAsync(erased[(kill * AccountsPerKill)..((kill + 1) * AccountsPerKill)]);
        }

        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, Options))
        {
            using LedgerClient client = server.NewClient();
            // Some requests got no answer. The client repeats them, and the server says if the account is erased.
            foreach (string account in erased)
            {
                await EraseAsync(client, account);
            }

            await Eventually.TrueAsync(
                async () => !await HasTextAsync("holder-"), Deadline.Short, () => $"The texts of erased accounts are gone (POINTBOOK_SEED={Seeded.Seed}).\n{server}");
            foreach (string account in kept)
            {
                Assert.Equal(10, await client.TotalAsync(account));
                Assert.Contains($"order of {account}", (await client.GetAsync($"/v1/accounts/{account}/transactions")).Body, StringComparison.Ordinal);
            }

            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).Status);
            await server.StopAsync();
        }

        Assert.False(await HasTextAsync("holder-"));
        Assert.True(await HasTextAsync("order of neighbour-0@example.com"));
        ExitResult ending = await CommandLine.RunAsync(_directory.FullName, ["verify", "--store", "sqlite:."]);
        Assert.True(ending is { Code: 0 }, $"POINTBOOK_SEED={Seeded.Seed}: {ending}");
        Assert.Contains($"partition 0: erased accounts: {erased.Length} (", ending.Output, StringComparison.Ordinal);
    }

    /// <summary>Gives each account points with a reference and a key, and flushes the accounts that the test erases later.</summary>
    private async Task WriteAsync(string[] accounts)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, Options);
        using LedgerClient client = server.NewClient();
        await Task.WhenAll(accounts.Select(async account =>
        {
            string body = $$"""{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z","reference":"order of {{account}}"}""";
            Assert.True((await client.PostAsync($"/v1/accounts/{account}/transactions", body, $"key of {account}")).IsDone);
            if (account.StartsWith("holder-", StringComparison.Ordinal))
            {
                Assert.True((await client.PostAsync($"/v1/accounts/{account}/flush", "{}")).IsDone);
            }
        }));
        await server.StopAsync();
    }

    private async Task EraseUntilKilledAsync(string[] accounts)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, Options);
        using LedgerClient client = server.NewClient();
        Task erasing = Task.WhenAll(accounts.Select(account => EraseUnlessKilledAsync(client, account)));
        await Eventually.AtRandomAsync(_random, TimeSpan.FromMilliseconds(400));
        await server.KillAsync();
        await erasing;
    }

    private static async Task EraseUnlessKilledAsync(LedgerClient client, string account)
    {
        try
        {
            await EraseAsync(client, account);
        }
        catch (HttpRequestException)
        {
            // The server was killed before it answered.
        }
    }

    private static async Task EraseAsync(LedgerClient client, string account)
    {
        Reply reply = await client.PostAsync($"/v1/accounts/{account}/erasure", "{}");
        Assert.True(reply.IsDone || reply.Code == "account_not_found", reply.ToString());
    }

    /// <summary>Searches all bytes of all files.</summary>
    private async Task<bool> HasTextAsync(string text)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(text);
        foreach (string path in Directory.GetFiles(_directory.FullName, "pointbook*.db*"))
        {
            try
            {
                await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using MemoryStream bytes = new();
                await file.CopyToAsync(bytes, TestContext.Current.CancellationToken);
                if (bytes.ToArray().AsSpan().IndexOf(wanted) >= 0)
                {
                    return true;
                }
            }
            catch (FileNotFoundException)
            {
                // The server has removed the file.
            }
        }

        return false;
    }
}

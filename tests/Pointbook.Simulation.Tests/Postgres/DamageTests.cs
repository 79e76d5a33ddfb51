using System.Net;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>Two servers on one database repair derived tables that somebody damaged, while both of them serve.</summary>
public sealed class DamageTests(SharedCluster shared)
{
    private const string Timestamp = "2020-10-31T10:00:00Z";
    private const int Accounts = 30;

    [Theory]
    [InlineData("DELETE FROM account_bucket")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 1, length(body) - 16)")]
    [InlineData("DELETE FROM account_store_position")]
    [InlineData("UPDATE account_store_position SET last_sequence = last_sequence + 1000000, target_sequence = target_sequence + 1000000")]
    [InlineData("UPDATE account_store_position SET damage = 'rebuild wanted'")]
    [InlineData("TRUNCATE account")]
    public async Task Two_servers_credit_each_key_once_whatever_is_damaged(string damage)
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        for (int server = 0; server < 2; server++)
        {
            fleet.Add("--Storage:Partitions", "1", "--Health:AgeMax", "00:00:00", "--Sweeper:Interval", "00:00:00.2", "--Partition:CacheBytesMax", "65536");
        }

        await fleet.StartAllAsync();
        await fleet.WaitUntilReadyAsync();
        await Task.WhenAll(fleet.Nodes.Select(node => AddAllAsync(node, "old", "first")));

        // The answer contains everything, so the account store does as well.
        Assert.Equal(HttpStatusCode.OK, (await fleet.Nodes[0].Client.GetAsync("/v1/accounts")).Status);
        await PostgresCluster.ExecuteAsync(fleet.Databases[0], damage);

        // Each server gets every command. Half of the accounts have entries, and half of them have none.
        await Task.WhenAll(fleet.Nodes.SelectMany(node => new[] { AddAllAsync(node, "new", "first"), AddAllAsync(node, "old", "first"), AddAllAsync(node, "old", "second") }));
        await fleet.WaitUntilReadyAsync();
        foreach (ServerNode node in fleet.Nodes)
        {
            for (int account = 0; account < Accounts; account++)
            {
                Assert.Equal((2, 1), (await node.Client.TotalAsync($"old{account}"), await node.Client.TotalAsync($"new{account}")));
            }
        }

        await fleet.StopAllAsync();
        StoreAudit audit = new(fleet.Databases);
        Assert.Equal(3 * Accounts, audit.Entries);
        await audit.CheckDerivedAsync();
    }

    /// <summary>Adds a point to each account, and repeats what is refused. Only damage may be a reason to refuse, or the other server.</summary>
    private static async Task AddAllAsync(ServerNode node, string prefix, string key)
    {
        for (int account = 0; account < Accounts; account++)
        {
            await Eventually.TrueAsync(async () =>
            {
                Reply reply = await node.Client.AddAsync($"{prefix}{account}", "DANNON", 1, Timestamp, key);
                Assert.True(reply.IsDone || (reply.CanBeRepeated && reply.Retry is "later" or "same_key"), reply.ToString());
                return reply.IsDone;
            });
        }
    }
}

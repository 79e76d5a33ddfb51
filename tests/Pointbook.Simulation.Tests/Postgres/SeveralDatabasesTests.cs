using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>A store in two databases.</summary>
public sealed class SeveralDatabasesTests(SharedCluster shared)
{
    private const int Partitions = 5;

    [Fact]
    public async Task Two_servers_with_the_databases_in_different_order_serve_the_same_accounts()
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared, databases: 2);
        WriteLog log = new();
        fleet.Add(fleet.Databases, ["--Storage:Partitions", $"{Partitions}"]);
        fleet.Add([.. fleet.Databases.Reverse()], ["--Storage:Partitions", $"{Partitions}"]);
        await fleet.StartAllAsync();
        Load load = Load.StartLasting(fleet.Nodes, log, Seeded.Seed, clients: 12, answersWanted: 800);
        await load.WaitUntilBusyAsync();
        await load.FinishAsync(isOver: true);
        await fleet.WaitUntilReadyAsync();
        await Load.RepeatUnansweredAsync(fleet.Nodes[0].Process, log);
        await fleet.StopAllAsync();

        StoreAudit audit = new(fleet.Databases);
        new Reconciliation(log).Check(audit.Operations);
        await audit.CheckDerivedAsync();
        Assert.All(audit.Auditors, auditor => Assert.NotEmpty(auditor.Accounts));
        Assert.Equal(Partitions, audit.Auditors.Count);
        int[][] partitions = [.. fleet.Databases.Select(database => new PostgresDatabase(database)
            .Read("SELECT DISTINCT partition FROM journal_commit ORDER BY partition", row => row.GetInt32(0)).ToArray())];
        Assert.Equal([[0, 2, 4], [1, 3]], partitions.OrderBy(numbers => numbers[0]));
    }

    [Fact]
    public async Task Databases_that_do_not_form_one_store_are_refused_with_one_sentence()
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared, databases: 2);
        await using Fleet foreign = await Fleet.CreateAsync(shared);
        await using Fleet empty = await Fleet.CreateAsync(shared);
        fleet.Add("--Storage:Partitions", $"{Partitions}");
        foreign.Add("--Storage:Partitions", "2");
        await Task.WhenAll(fleet.StartAllAsync(), foreign.StartAllAsync());
        (string first, string second) = (fleet.Databases[0], fleet.Databases[1]);
        string missing = new NpgsqlConnectionStringBuilder(first) { Database = "nobody_created_this" }.ToString();
        // The same database again, under another host name.
        string alias = new NpgsqlConnectionStringBuilder(first) { Host = "localhost" }.ToString();

        await Task.WhenAll(
            AssertRefusedAsync(
                [first], "The store was created with 2 databases, but 1 are named. Name exactly the databases with which it was created."),
            AssertRefusedAsync(
                [first, second, empty.Databases[0]],
                "The store was created with 2 databases, but 3 are named. Name exactly the databases with which it was created."),
            AssertRefusedAsync(
                [first, missing], $"Pointbook can't use the database {NameOf(missing)}: database \"nobody_created_this\" does not exist. Create it, or use another one."),
            AssertRefusedAsync(
                [empty.Databases[0], second],
                $"{NameOf(empty.Databases[0])} contains no store, but {NameOf(second)} does. Name exactly the databases with which the store was created."),
            AssertRefusedAsync(
                [first, foreign.Databases[0]],
                $"{NameOf(foreign.Databases[0])} and {NameOf(first)} belong to different stores. Name the databases of one store."),
            AssertRefusedAsync([first, second, first], $"{NameOf(first)} is named twice. Name each database once."),
            AssertRefusedAsync([first, alias], $"{NameOf(alias)} is another name of a database that is already named. Name each database once."),
            AssertRefusedAsync(
                [first, second],
                "The store was created with 5 partitions, which can't change, but 7 are requested. Request 5, or omit the number. The option is --Storage:Partitions.",
                "--Storage:Partitions", "7"));
        await Task.WhenAll(fleet.WaitUntilReadyAsync(), foreign.WaitUntilReadyAsync());
    }

    private static async Task AssertRefusedAsync(string[] databases, string sentence, params string[] options)
    {
        using TemporaryDirectory directory = new();
        await using ServerNode node = new("refused", databases, directory.FullName, options);
        node.Launch();
        Assert.Equal(1, await node.Process.WaitForExitAsync());
        Assert.Equal(sentence, Assert.Single(node.Process.Errors));
    }

    private static string NameOf(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings = new(connectionString);
        return $"{settings.Database} at {settings.Host}:{settings.Port}";
    }
}

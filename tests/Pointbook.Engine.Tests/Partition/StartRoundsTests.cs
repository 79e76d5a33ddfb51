using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Engine.Tests.Support;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A start that fills the account store and the read model reads the journal once for both.</summary>
public sealed class StartRoundsTests
{
    private const int EntryCount = 100;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(1000)]
    public async Task A_start_that_fills_both_stores_reads_each_commit_once(int round)
    {
        MemoryJournal store = await WrittenAsync();
        await using Node node = await StartAsync(store, new MemoryReadModel(), round);
        Assert.Equal(EntryCount, await PointsAsync(node));

        // The check of the head reads the last commit once more.
        Assert.Equal(EntryCount + 1, node.Journal.CommitsRead);
    }

    [Fact]
    public async Task Sums_beyond_the_bound_are_read_from_the_journal()
    {
        // Each round of ten entries changes three sums, so a bound of nine is reached by the first entry of the third round.
        MemoryJournal store = await WrittenAsync();
        await using Node node = await StartAsync(store, new MemoryReadModel(), round: 10, rows: 9);
        Assert.Equal(EntryCount, await PointsAsync(node));
        Assert.Equal(EntryCount + 1 + (EntryCount - 21), node.Journal.CommitsRead);
    }

    [Fact]
    public async Task A_read_model_that_has_a_part_of_the_journal_adds_only_the_rest()
    {
        MemoryJournal store = await WrittenAsync();
        MemoryReadModel readModel = new();
        await using (await StartAsync(store, readModel, round: 1000))
        {
        }

        await using (Node node = await Node.StartAsync(store, withReadModel: false))
        {
            (await node.DoAsync(Given.Add(7))).Accepted();
        }

        await using Node last = await StartAsync(store, readModel, round: 10);
        Assert.Equal(EntryCount + 7, await PointsAsync(last));
        Assert.Equal(EntryCount + 1, (await readModel.ReadStateAsync(Token)).Serving!.Position.Last.Value);
    }

    [Fact]
    public async Task A_failed_round_is_read_from_the_journal_again()
    {
        MemoryJournal store = await WrittenAsync();
        await using Node node = Node.Build(store, readModelOptions: Options(10, 200_000));
        int rounds = 0;
        node.ReadModel.BeforeApply = (_, _) => ++rounds == 3 ? Task.FromException(new StorageFailureException("Scripted.")) : Task.CompletedTask;
        await node.StartAsync();
        await Eventually.TrueAsync(async () => await PointsAsync(node) == EntryCount);
        Assert.Single((await node.Queries.ListPayersAsync(null, null, 10, Token)).Value!.Payers);
    }

    private static async Task<MemoryJournal> WrittenAsync()
    {
        MemoryJournal store = new(TimeProvider.System);
        await using Node node = await Node.StartAsync(store, withReadModel: false);
        for (int write = 0; write < EntryCount; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        return store;
    }

    private static Task<Node> StartAsync(MemoryJournal store, MemoryReadModel readModel, int round, int rows = 200_000) =>
        Node.StartAsync(store, readModel: readModel, readModelOptions: Options(round, rows));

    private static ReadModelOptions Options(int round, int rows)
    {
        ReadModelOptions options = Node.ReadModelOptions;
        options.RoundEntriesMax = round;
        options.PendingEntriesMax = rows;
        return options;
    }

    private static async Task<long> PointsAsync(Node node)
    {
        Outcome<PayerPage> payers = await node.Queries.ListPayersAsync(null, null, 10, Token);
        return payers.Refusal is null ? payers.Value!.Payers.Sum(payer => (long)payer.Points) : -1;
    }
}

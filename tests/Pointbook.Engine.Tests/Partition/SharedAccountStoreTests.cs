using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>Processes that share a journal and an account store, each with a snapshot writer.</summary>
public sealed class SharedAccountStoreTests : IAsyncDisposable
{
    private readonly MemoryJournal _journal = new(TimeProvider.System) { IsShared = true };
    private readonly MemoryAccountStore _accountStore = new();
    private readonly List<Node> _nodes = [];

    [Fact]
    public async Task A_start_succeeds_if_another_snapshot_writer_overtakes_its_rounds()
    {
        await WriteAsync(30);
        Node late = Build(rounds: 5);
        Node fast = Build(rounds: 3);
        int rounds = 0;
        late.Gate.BeforeApply = async _ =>
        {
            // The other process is ahead when this one applies a round, so that the account store has some entries of the round already.
            if (Interlocked.Increment(ref rounds) == 1)
            {
                await fast.StartAsync();
            }
        };
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
        await late.StartAsync();
        Assert.Equal(30, await late.PointsAsync(Given.Carol));
        AssertStored(30);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task A_start_applies_the_rest_if_another_snapshot_writer_is_some_entries_ahead(int ahead)
    {
        await WriteAsync(30);
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
        Node node = Build(rounds: 10);
        node.Gate.BeforeApply = round => StoreAsOtherAsync(Math.Min((int)round.After.Value + ahead, 30));
        await node.StartAsync();
        AssertStored(30);
        Assert.Equal(30, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_start_succeeds_even_if_others_write_and_store_all_the_time()
    {
        Node busy = await StartAsync();
        (await busy.DoAsync(Given.Add(1))).Accepted();
        await busy.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
        Node node = Build(rounds: 1);
        int rounds = 0;
        node.Gate.BeforeApply = async _ =>
        {
            Assert.InRange(Interlocked.Increment(ref rounds), 1, 50);
            (await busy.DoAsync(Given.Add(1))).Accepted();
        };
        await node.StartAsync();
        node.Gate.BeforeApply = null;
        Assert.Equal(await busy.PointsAsync(Given.Carol), await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task An_account_store_that_moves_back_during_a_start_is_stored_again()
    {
        await WriteAsync(20);
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
        Node node = Build(rounds: 4);
        int rounds = 0;
        node.Gate.BeforeApply = async _ =>
        {
            if (Interlocked.Increment(ref rounds) == 3)
            {
                await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
            }
        };
        await node.StartAsync();
        AssertStored(20);
    }

    [Fact]
    public async Task A_running_snapshot_writer_rebuilds_an_account_store_that_another_process_emptied()
    {
        RecordingLogger logger = new();
        Node node = await StartAsync(rounds: 3, logger: logger);
        await AddAsync(node, 10);
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
        await AddAsync(node, 1);
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        AssertStored(11);
        await Eventually.TrueAsync(() => node.Partition.Health.IsReady);
        Assert.Single(logger.MessagesOf(1015));
    }

    [Fact]
    public async Task An_idle_snapshot_writer_rebuilds_once_a_load_finds_missing_entries()
    {
        Node node = await StartAsync(cacheBytes: 0);
        await AddAsync(node, 10);
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RefusalCode.CatchingUp, (await node.AskAsync(Given.Carol)).Refusal?.Code);
        await Eventually.TrueAsync(() => _accountStore.ReadTables().Position.Last == new Sequence(10));
        AssertStored(10);
        Assert.Equal(10, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task While_the_account_store_is_rebuilt_the_process_is_not_ready_and_does_not_read_it()
    {
        Node node = await StartAsync(cacheBytes: 0, rounds: 2);
        await AddAsync(node, 10);
        TaskCompletionSource hold = new();
        node.Gate.BeforeApply = round => round.After.Value < 4 ? Task.CompletedTask : hold.Task;
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);

        Outcome<Receipt>[] refused = [await node.DoAsync(Given.Spend(3)), await node.DoAsync(Given.Add(1).With("used"))];
        Assert.All(refused, outcome => Assert.Equal(RefusalCode.CatchingUp, outcome.Code()));
        await Eventually.TrueAsync(() => _accountStore.ReadTables().Position.Last == new Sequence(4));
        await Eventually.TrueAsync(() => !node.Partition.Health.CanStoreAccounts);
        Assert.Equal(RefusalCode.CatchingUp, (await node.AskAsync(Given.Carol)).Refusal?.Code);
        Task stored = node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        Assert.False(stored.IsCompleted);

        hold.SetResult();
        await stored;
        Assert.Equal(10, await node.PointsAsync(Given.Carol));
        await Eventually.TrueAsync(() => node.Partition.Health.IsReady);
    }

    [Fact]
    public async Task A_round_in_flight_while_the_account_store_is_emptied_and_refilled_does_no_harm()
    {
        Node slow = await StartAsync();
        await AddAsync(slow, 4);
        TaskCompletionSource hold = new();
        TaskCompletionSource reached = new();
        int writes = 0;
        _accountStore.BeforeWrite = () =>
        {
            // The first write is the target of the round, and the second one is the first account.
            if (Interlocked.Increment(ref writes) == 2)
            {
                reached.SetResult();
                hold.Task.Wait(TestContext.Current.CancellationToken);
            }
        };
        (await slow.DoAsync(Given.Add(1, account: Given.Dave))).Accepted();
        await reached.Task;
        await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
        await StoreAsOtherAsync(4);
        hold.SetResult();
        await slow.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        AssertStored(4, 1);
    }

    [Fact]
    public async Task A_process_catches_up_before_it_uses_rows_that_are_ahead_of_the_known_head()
    {
        Node one = await StartAsync();
        Node two = await StartAsync();
        await AddAsync(one, 10);

        // The second process has not read any of these entries, so its first command loads rows that are ahead of its known head.
        (await two.DoAsync(Given.Spend(3))).Accepted();
        Assert.Equal(RefusalCode.InsufficientPoints, (await one.DoAsync(Given.Spend(8))).Code());
        Assert.Equal(7, await two.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task Under_load_with_an_account_store_that_is_emptied_repeatedly_no_point_is_lost_doubled_or_overspent()
    {
        Node[] nodes = [await StartAsync(cacheBytes: 0, rounds: 7), await StartAsync(cacheBytes: 2_000), await StartAsync()];
        long added = 0;
        long spent = 0;
        bool isOver = false;
        Task emptying = EmptyRepeatedlyAsync();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async caller =>
        {
            for (int turn = 0; turn < 40; turn++)
            {
                Command command = (caller + turn) % 4 < 3 ? Given.Add(3, day: turn) : Given.Spend(7);
                Outcome<Receipt> outcome = await nodes[caller % 3].DoAsync(command);
                Assert.True(outcome.Code() is null or RefusalCode.InsufficientPoints or RefusalCode.Overloaded or RefusalCode.CatchingUp);
                Interlocked.Add(ref added, outcome.IsRefused || command is SpendPoints ? 0 : 3);
                Interlocked.Add(ref spent, outcome.IsRefused || command is AddTransaction ? 0 : 7);
            }
        }));
        Volatile.Write(ref isOver, true);
        await emptying;
        foreach (Node node in nodes)
        {
            await Eventually.AnsweredAsync(() => node.AskAsync(Given.Carol));
            Assert.Equal(added - spent, await node.PointsAsync(Given.Carol));
        }

        await nodes[0].VerifyAsync();

        async Task EmptyRepeatedlyAsync()
        {
            Random random = new(1);
            while (!Volatile.Read(ref isOver))
            {
                await _accountStore.ResetAsync(TestContext.Current.CancellationToken);
                await Eventually.AtRandomAsync(random, TimeSpan.FromMilliseconds(40));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Node node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private Node Build(int rounds = 200_000, long cacheBytes = 1L << 30, RecordingLogger? logger = null)
    {
        PartitionOptions options = Node.Options;
        options.CacheBytesMax = cacheBytes;
        SnapshotWriterOptions snapshotWriterOptions = Node.SnapshotWriterOptions;
        snapshotWriterOptions.RoundEntriesMax = rounds;
        Node node = Node.Build(_journal, _accountStore, options: options, snapshotWriterOptions: snapshotWriterOptions, logger: logger);
        _nodes.Add(node);
        return node;
    }

    private async Task<Node> StartAsync(int rounds = 200_000, long cacheBytes = 1L << 30, RecordingLogger? logger = null)
    {
        Node node = Build(rounds, cacheBytes, logger);
        await node.StartAsync();
        return node;
    }

    private static async Task AddAsync(Node node, int count)
    {
        for (int turn = 0; turn < count; turn++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
    }

    private async Task WriteAsync(int count)
    {
        await using Node writer = await Node.StartAsync(_journal, _accountStore);
        await AddAsync(writer, count);
    }

    /// <summary>Writes the entries up to this one to the account store, as another process would.</summary>
    private async Task StoreAsOtherAsync(int through)
    {
        AccountStorePosition position = await _accountStore.ReadPositionAsync(TestContext.Current.CancellationToken);
        foreach (Engine.Journal.Commit commit in _journal.Commits.Where(commit => commit.Last > position.Last && commit.Last.Value <= through))
        {
            Assert.True(await _accountStore.ApplyAsync(SnapshotRound.From([commit]), TestContext.Current.CancellationToken));
        }
    }

    private void AssertStored(params long[] points)
    {
        StorageContract.AccountStoreTables tables = _accountStore.ReadTables();
        Assert.Equal(_journal.Commits[^1].Last, tables.Position.Last);
        Assert.Equal(points, tables.Accounts.Select(account => account.Snapshot.Payers.Sum(payer => payer.Balance.Value)));
    }
}

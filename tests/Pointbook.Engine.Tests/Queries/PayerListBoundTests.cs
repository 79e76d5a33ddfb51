using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

/// <summary>Lists of payers and statements read no more partitions at a time than their bound allows, however many clients ask.</summary>
public sealed class PayerListBoundTests
{
    private const int Lists = 12;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_of_payers_read_no_more_at_a_time_than_their_bound()
    {
        await using Node node = await ServeAsync();
        using LedgerQueries queries = new([node.Partition], [node.Stored], new QueryOptions { PayerReadsInFlightMax = 2 }, TimeProvider.System);
        Task<Outcome<PayerPage>[]> lists = CountAsync(node, expectedReads: 2 * Lists, () => queries.ListPayersAsync(null, null, 10, Token));
        Assert.All(await lists, list => Assert.Equal(5, (int)Assert.Single(list.Value!.Payers).Points));
    }

    [Fact]
    public async Task Statements_read_no_more_at_a_time_than_the_same_bound()
    {
        await using Node node = await ServeAsync();
        using LedgerQueries queries = new([node.Partition], [node.Stored], new QueryOptions { PayerReadsInFlightMax = 2 }, TimeProvider.System);
        Task<Outcome<PayerStatement>[]> statements = CountAsync(
            node, expectedReads: Lists, () => queries.ReadStatementAsync(PayerName.FromTrusted("nobody"), new DateOnly(2020, 1, 1), new DateOnly(2020, 2, 1), Token));
        Assert.All(await statements, statement => Assert.Null(statement.Refusal));
    }

    [Fact]
    public async Task A_list_that_waits_for_the_account_store_keeps_no_other_list_waiting()
    {
        await using Node stuck = await Node.StartAsync();
        QueryOptions options = new() { PayerReadsInFlightMax = 1 };
        using LedgerQueries queries = new([stuck.Partition], [stuck.Stored], options, TimeProvider.System);
        stuck.Gate.Hold();
        (await stuck.DoAsync(Given.Add(5))).Accepted();
        await stuck.Partition.WaitUntilReadModelAsync(Token);
        Task<Outcome<PayerPage>> waiting = queries.ListPayersAsync(null, null, 10, Token).AsTask();
        Outcome<PayerPage> unknown = await queries.ListPayersAsync(PayerName.FromTrusted("nobody"), null, 10, Token);
        Assert.Empty(unknown.Value!.Payers);
        Assert.False(waiting.IsCompleted);
        stuck.Gate.Release();
        Assert.Equal(5, (int)Assert.Single((await waiting).Value!.Payers).Points);
    }

    private static async Task<Node> ServeAsync()
    {
        Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(5))).Accepted();
        await node.Partition.WaitUntilReadModelAsync(Token);
        return node;
    }

    /// <summary>Sends many queries at once, and asserts that at most two of their reads run at a time.</summary>
    private static async Task<Outcome<T>[]> CountAsync<T>(Node node, int expectedReads, Func<ValueTask<Outcome<T>>> query)
        where T : class
    {
        Lock counting = new();
        (int now, int most, int reads) = (0, 0, 0);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeQuery = ReadAsync;
        node.Gate.BeforeReadDue = ReadAsync;
        Task<Outcome<T>>[] answers = [.. Enumerable.Range(0, Lists).Select(_ => query().AsTask())];
        await Eventually.TrueAsync(() => Volatile.Read(ref now) >= 2);
        release.SetResult();
        Outcome<T>[] all = await Task.WhenAll(answers);
        Assert.Equal((2, expectedReads), (most, reads));
        return all;

        async Task ReadAsync()
        {
            lock (counting)
            {
                most = Math.Max(most, ++now);
                reads++;
            }

            await release.Task;
            await Task.Yield();
            lock (counting)
            {
                now--;
            }
        }
    }
}

using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

/// <summary>Lists of payers read no more partitions at a time than their bound allows, however many clients ask.</summary>
public sealed class PayerListBoundTests
{
    private const int Lists = 12;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_of_payers_read_no_more_at_a_time_than_their_bound()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(5))).Accepted();
        await node.Partition.WaitUntilReadModelAsync(Token);
        using LedgerQueries queries = new([node.Partition], [node.Stored], new QueryOptions { PayerReadsInFlightMax = 2 }, TimeProvider.System);
        Lock counting = new();
        (int now, int most, int reads) = (0, 0, 0);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeQuery = ReadAsync;
        node.Gate.BeforeReadDue = ReadAsync;

        Task<Outcome<PayerPage>>[] lists = [.. Enumerable.Range(0, Lists).Select(_ => queries.ListPayersAsync(null, null, 10, Token).AsTask())];
        await Eventually.TrueAsync(() => Volatile.Read(ref now) >= 2);
        release.SetResult();
        foreach (Outcome<PayerPage> list in await Task.WhenAll(lists))
        {
            Assert.Equal(5, (int)Assert.Single(list.Value!.Payers).Points);
        }

        Assert.Equal((2, 2 * Lists), (most, reads));

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
}

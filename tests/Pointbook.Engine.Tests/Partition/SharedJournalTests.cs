using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>Two processes write to one partition, and each assumes that it owns the partition.</summary>
public sealed class SharedJournalTests
{
    [Fact]
    public async Task One_process_sees_what_the_other_acknowledged_in_reads_refusals_and_keys()
    {
        (Node one, Node two) = await StartTwoAsync();
        await using (one)
        await using (two)
        {
            for (int round = 0; round < 50; round++)
            {
                (await one.DoAsync(Given.Add(10).With($"a{round}"))).Accepted();
                Assert.Equal(10, await two.PointsAsync(Given.Carol));
                Assert.True((await two.DoAsync(Given.Add(10).With($"a{round}"))).Accepted().IsReplay);
                (await two.DoAsync(Given.Spend(10))).Accepted();
                Assert.Equal(RefusalCode.InsufficientPoints, (await one.DoAsync(Given.Spend(1))).Code());
            }
        }
    }

    [Fact]
    public async Task Under_load_from_both_processes_no_point_is_lost_doubled_or_overspent()
    {
        (Node one, Node two) = await StartTwoAsync();
        await using (one)
        await using (two)
        {
            long added = 0;
            long spent = 0;
            await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
            {
                Node node = caller % 2 == 0 ? one : two;
                for (int turn = 0; turn < 40; turn++)
                {
                    Command command = (caller + turn) % 4 < 3 ? Given.Add(3, day: turn) : Given.Spend(7);
                    Outcome<Receipt> outcome = await node.DoAsync(command);
                    Assert.True(outcome.Code() is null or RefusalCode.InsufficientPoints or RefusalCode.Overloaded);
                    Interlocked.Add(ref added, outcome.IsRefused || command is SpendPoints ? 0 : 3);
                    Interlocked.Add(ref spent, outcome.IsRefused || command is AddTransaction ? 0 : 7);
                }
            }));

            Assert.Equal(added - spent, await one.PointsAsync(Given.Carol));
            Assert.Equal(added - spent, await two.PointsAsync(Given.Carol));
            await one.VerifyAsync();
            await using Node rebuilt = await Node.StartAsync(one.Store);
            Assert.Equal(added - spent, await rebuilt.PointsAsync(Given.Carol));
        }
    }

    private static async Task<(Node One, Node Two)> StartTwoAsync()
    {
        Node one = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        return (one, await Node.StartAsync(one.Store));
    }
}

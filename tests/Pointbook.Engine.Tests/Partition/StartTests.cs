using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

public sealed class StartTests
{
    [Fact]
    public async Task A_start_checks_the_last_commit_even_if_it_is_stored()
    {
        await using Node first = await Node.StartAsync();
        (await first.DoAsync(Given.Add(1))).Accepted();
        (await first.DoAsync(Given.Add(2))).Accepted();
        await first.Partition.StopAsync(TestContext.Current.CancellationToken);
        first.Store.Damage(new Sequence(2));

        await using Node next = Node.Build(first.Store, first.AccountStore);
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(next.StartAsync);
        Assert.Equal((new Sequence(2), new Sequence(2)), (damage.First, damage.Last));
    }
}

using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Hosting;

public sealed class PartitionMapTests
{
    // The expected values were computed with another implementation of SHA-256.
    [Theory]
    [InlineData("default", 1, 0)]
    [InlineData("default", 2, 1)]
    [InlineData("default", 3, 1)]
    [InlineData("default", 16, 13)]
    [InlineData("default", 1000, 149)]
    [InlineData("default", 1024, 125)]
    [InlineData("carol", 1, 0)]
    [InlineData("carol", 2, 0)]
    [InlineData("carol", 3, 2)]
    [InlineData("carol", 16, 14)]
    [InlineData("carol", 1000, 302)]
    [InlineData("carol", 1024, 158)]
    [InlineData("dave", 3, 1)]
    [InlineData("dave", 1024, 291)]
    [InlineData("a", 3, 1)]
    [InlineData("a", 1024, 458)]
    [InlineData("A", 3, 0)]
    [InlineData("A", 1024, 377)]
    [InlineData("order:4711@shop-1.example_x", 3, 0)]
    [InlineData("order:4711@shop-1.example_x", 1024, 10)]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 3, 1)]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1024, 502)]
    public void The_partition_of_an_account_never_changes(string account, int count, int partition) =>
        Assert.Equal(partition, PartitionMap.PartitionOf(AccountId.FromTrusted(account), count));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(PartitionMap.CountMax + 1)]
    public void A_count_out_of_range_is_refused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PartitionMap.PartitionOf(AccountId.Default, count));

    [Fact]
    public void Accounts_are_distributed_evenly_over_all_partitions()
    {
        int[] accounts = new int[16];
        for (int number = 0; number < 16_000; number++)
        {
            accounts[PartitionMap.PartitionOf(AccountId.FromTrusted($"account{number}"), accounts.Length)]++;
        }

        Assert.All(accounts, held => Assert.InRange(held, 850, 1_150));
    }
}

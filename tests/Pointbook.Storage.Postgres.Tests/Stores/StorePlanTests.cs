using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>What store the named databases form together.</summary>
public sealed class StorePlanTests
{
    private static readonly Guid Old = new("11111111-1111-1111-1111-111111111111");
    private static readonly Guid Other = new("22222222-2222-2222-2222-222222222222");
    private static readonly Guid New = new("33333333-3333-3333-3333-333333333333");

    [Theory]
    [InlineData(1, null, 16)]
    [InlineData(1, 1, 1)]
    [InlineData(3, 3, 3)]
    [InlineData(2, 1024, 1024)]
    public void Empty_databases_become_a_new_store_with_all_its_partitions(int databases, int? partitions, int expected)
    {
        IReadOnlyList<StoreRow> rows = Decide(new StoreRow?[databases], partitions);
        Assert.All(rows, row => Assert.Equal((New, expected, databases, StoreState.Ready), (row.StoreId, row.PartitionCount, row.DatabaseCount, row.State)));
        Assert.Equal(Enumerable.Range(0, databases), rows.Select(row => row.DatabaseNumber));
        Assert.Equal(Enumerable.Range(0, expected), rows.SelectMany(row => row.Partitions).Order());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(16)]
    public void A_store_is_opened_whatever_the_order_of_its_databases(int? partitions)
    {
        StoreRow?[] found = [Row(2, of: 3), Row(0, of: 3), Row(1, of: 3)];
        Assert.Equal<StoreRow?>(found, Decide(found, partitions));
    }

    [Fact]
    public void A_store_that_was_not_created_in_all_databases_is_completed()
    {
        StoreRow?[] found = [null, Row(1, of: 3) with { State = StoreState.Creating }, null];
        Assert.Equal([Row(0, of: 3), Row(1, of: 3), Row(2, of: 3)], Decide(found, null));
    }

    [Fact]
    public void A_store_that_was_created_in_all_databases_but_not_marked_ready_in_all_is_ready() =>
        Assert.Equal([Row(0, of: 2), Row(1, of: 2)], Decide([Row(0, of: 2), Row(1, of: 2) with { State = StoreState.Creating }], null));

    [Fact]
    public void More_databases_than_partitions_are_rejected() =>
        AssertRefused("Request at least 3 partitions", new StoreRow?[3], partitions: 2);

    [Fact]
    public void Another_number_of_partitions_is_rejected() =>
        AssertRefused("The store was created with 16 partitions, which can't change, but 4 are requested. Request 16, or omit the number.", [Row(0, of: 1)], partitions: 4);

    [Fact]
    public void Another_number_of_databases_is_rejected()
    {
        AssertRefused("was created with 3 databases, but 2 are named", [Row(0, of: 3), Row(1, of: 3)]);
        AssertRefused("was created with 1 databases, but 2 are named", [Row(0, of: 1), null]);
    }

    [Fact]
    public void An_empty_database_in_place_of_one_of_the_store_is_rejected() =>
        AssertRefused("database1 contains no store, but database0 does", [Row(0, of: 2), null]);

    [Fact]
    public void Databases_of_different_stores_are_rejected() =>
        AssertRefused("database1 and database0 belong to different stores", [Row(0, of: 2), Row(1, of: 2) with { StoreId = Other }]);

    [Fact]
    public void A_database_that_is_listed_twice_is_rejected() =>
        AssertRefused("database1 is named twice", [Row(1, of: 2), Row(1, of: 2)]);

    [Fact]
    public void An_unfinished_copy_is_not_served() =>
        AssertRefused("Run pointbook migrate again", [Row(0, of: 1) with { State = StoreState.Importing }]);

    [Theory]
    [InlineData(nameof(StoreState.Ready), 1, null)]
    [InlineData(nameof(StoreState.Creating), 1, null)]
    [InlineData(nameof(StoreState.Ready), 1, 1)]
    [InlineData(nameof(StoreState.Ready), 2, 1)]
    public void Nothing_is_copied_into_a_store_that_was_not_created_for_the_copy(string state, int of, int? partitions)
    {
        StoreException refused = Assert.Throws<StoreException>(() =>
            StorePlan.Decide(["database0"], [Row(0, of) with { State = Enum.Parse<StoreState>(state) }], [false], partitions, StoreState.Importing, New));
        Assert.Contains("database0 already contains a store", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unfinished_copy_can_be_continued()
    {
        StoreRow importing = Row(0, of: 1) with { State = StoreState.Importing };
        Assert.Equal([importing], StorePlan.Decide(["database0"], [importing], [false], null, StoreState.Importing, New));
    }

    [Fact]
    public void A_new_store_gives_number_0_to_the_database_that_already_has_keys() =>
        Assert.Equal([1, 2, 0], Decide(new StoreRow?[3], [false, false, true], null).Select(row => row.DatabaseNumber));

    [Fact]
    public void Completing_a_store_gives_number_0_to_the_database_that_has_keys() =>
        Assert.Equal([2, 1, 0], Decide([null, Row(1, of: 3) with { State = StoreState.Creating }, null], [false, false, true], null).Select(row => row.DatabaseNumber));

    [Fact]
    public void An_existing_store_keeps_its_numbers_wherever_its_keys_are() =>
        Assert.Equal([1, 0], Decide([Row(1, of: 2), Row(0, of: 2)], [true, false], null).Select(row => row.DatabaseNumber));

    [Fact]
    public void Keys_are_in_database_number_0_or_the_one_that_will_get_this_number()
    {
        Assert.Equal(1, FindHome([Row(1, of: 2), Row(0, of: 2)], true, false));
        Assert.Equal(0, FindHome([null, null], false, false));
        Assert.Equal(1, FindHome([null, null], false, true));
        StoreRow creating = Row(1, of: 3) with { State = StoreState.Creating };
        Assert.Equal(1, FindHome([creating, null, null], false, false, false));
        Assert.Equal(2, FindHome([creating, null, null], false, false, true));
        Assert.Equal(0, FindHome([Row(0, of: 1) with { State = StoreState.Importing }], false));
    }

    [Fact]
    public void Keys_are_not_looked_for_if_database_number_0_is_not_listed()
    {
        StoreRow creating = Row(1, of: 3) with { State = StoreState.Creating };
        foreach (StoreRow?[] found in new StoreRow?[][] { [Row(1, of: 2)], [Row(1, of: 2), null], [Row(1, of: 3), Row(2, of: 3)], [creating, null] })
        {
            StoreException refused = Assert.Throws<StoreException>(() => FindHome(found, new bool[found.Length]));
            Assert.Contains("which is not named. Name exactly the databases", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Keys_are_not_looked_for_in_databases_of_different_stores() =>
        Assert.Throws<StoreException>(() => FindHome([Row(0, of: 2), Row(1, of: 2) with { StoreId = Other }], false, false));

    private static int FindHome(StoreRow?[] found, params bool[] hasKeys) => StorePlan.FindHomeOfKeys(Names(found), found, hasKeys);

    private static StoreRow Row(int number, int of) => new(Old, 16, of, number, StoreState.Ready);

    private static IReadOnlyList<StoreRow> Decide(StoreRow?[] found, int? partitions) =>
        Decide(found, new bool[found.Length], partitions);

    private static IReadOnlyList<StoreRow> Decide(StoreRow?[] found, bool[] hasKeys, int? partitions) =>
        StorePlan.Decide(Names(found), found, hasKeys, partitions, StoreState.Ready, New);

    private static List<string> Names(StoreRow?[] found) => [.. found.Select((_, index) => $"database{index}")];

    private static void AssertRefused(string expected, StoreRow?[] found, int? partitions = null)
    {
        StoreException refused = Assert.Throws<StoreException>(() => Decide(found, partitions));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refused.Message, StringComparison.Ordinal);
    }
}

using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

/// <summary>Which lists of operations are valid according to the sealed heads of the operations.</summary>
public sealed class OperationChainTests
{
    // The balance is 10 after the first operation, 7 after the second one, and 12 after the third one.
    private static readonly OperationHead First = Head(1, previous: 0, before: 0, change: 10);
    private static readonly OperationHead Second = Head(4, previous: 1, before: 10, change: -3);
    private static readonly OperationHead Third = Head(9, previous: 4, before: 7, change: 5);

    private readonly OperationChain _chain = new(Given.Carol, 0);

    [Fact]
    public void A_list_in_which_each_operation_follows_the_previous_one_is_valid()
    {
        Assert.Equal(new ChainPlace(Sequence.Zero, Points.Zero), _chain.CheckNewestFirst(At(9, 12), [Third, Second, First], Sequence.Zero));
        Assert.Equal(new ChainPlace(Sequence.Zero, Points.Zero), _chain.CheckNewestFirst(At(9, null), [Third, Second, First], Sequence.Zero));
        Assert.Equal(At(1, 10), _chain.CheckNewestFirst(At(9, null), [Third, Second], new Sequence(1)));
        Assert.Equal(At(1, 10), _chain.CheckNewestFirst(At(4, 7), [Second], null));
        Assert.Equal(At(4, 7), _chain.CheckNewestFirst(At(4, 7), [], null));
        Assert.Equal(At(0, null), _chain.CheckNewestFirst(At(0, null), [], Sequence.Zero));
        Assert.Equal(new Sequence(9), _chain.CheckOldestFirst(Sequence.Zero, [First, Second, Third], new Sequence(9)));
        Assert.Equal(new Sequence(4), _chain.CheckOldestFirst(new Sequence(1), [Second], null));
        Assert.Equal(new Sequence(9), _chain.CheckOldestFirst(new Sequence(9), [], new Sequence(9)));
    }

    [Fact]
    public void A_list_with_a_missing_or_wrong_operation_is_damage_to_the_account()
    {
        Action[] wrong =
        [
            () => _chain.CheckNewestFirst(At(9, null), [Second, First], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(9, null), [Third, First], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(9, null), [Third, Second], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(9, null), [Third], new Sequence(1)),
            () => _chain.CheckNewestFirst(At(9, null), [], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(0, null), [First], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(9, null), [Third, Third], null),
            () => _chain.CheckOldestFirst(Sequence.Zero, [Second, Third], new Sequence(9)),
            () => _chain.CheckOldestFirst(Sequence.Zero, [First, Third], new Sequence(9)),
            () => _chain.CheckOldestFirst(Sequence.Zero, [First, Second], new Sequence(9)),
            () => _chain.CheckOldestFirst(Sequence.Zero, [], new Sequence(9)),
            () => _chain.CheckOldestFirst(Sequence.Zero, [First], Sequence.Zero),
        ];
        Assert.All(wrong, check => Assert.Throws<AccountDamagedException>(check));
    }

    [Fact]
    public void A_balance_that_does_not_follow_from_the_previous_operation_is_damage_to_the_journal()
    {
        Action[] wrong =
        [
            () => _chain.CheckNewestFirst(At(9, 13), [Third, Second, First], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(9, null), [Head(9, previous: 4, before: 99, change: 5), Second, First], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(9, null), [Third, Head(4, previous: 1, before: 10, change: -4), First], null),
            () => _chain.CheckNewestFirst(At(9, null), [Third, Second, Head(1, previous: 0, before: 1, change: 9)], Sequence.Zero),
            () => _chain.CheckNewestFirst(At(1, 10), [Head(1, previous: 0, before: long.MaxValue, change: long.MaxValue)], Sequence.Zero),
        ];
        Assert.All(wrong, check => Assert.Throws<JournalDamagedException>(check));
    }

    private static ChainPlace At(long operation, long? balance) => new(new Sequence(operation), balance is null ? null : new Points(balance.Value));

    private static OperationHead Head(long sequence, long previous, long before, long change)
    {
        Entry first = new()
        {
            Sequence = new Sequence(sequence),
            Kind = EntryKind.Spend,
            Account = Given.Carol,
            Operation = new Sequence(sequence),
            PreviousOperation = new Sequence(previous),
            BalanceBefore = new Points(before),
        };
        return new OperationHead(first, 2, [new OperationPayer(Given.Dannon, new Points(change), IsSettledOnly: false)], new CommitTime(Given.Day(1), Given.Day(1)));
    }
}

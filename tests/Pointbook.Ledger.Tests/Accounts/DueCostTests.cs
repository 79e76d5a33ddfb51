using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Accounts;

/// <summary>The cost of due events depends on their number and not on the size of the account. The tests measure memory, because times vary.</summary>
public static class DueCostTests
{
    private const int LotCount = 60_000;
    private const long BytesMax = 20_000;

    [Fact]
    public static void A_balance_of_sixty_thousand_lots_with_one_expired_lot_copies_almost_nothing()
    {
        AccountState state = WithLots();
        Points balance = Points.Zero;
        long bytes = BytesOf(() => balance = AccountAsOf.Of(state, Given.Day(20)).Balance);

        Assert.Equal(LotCount - 1, balance.Value);
        Assert.InRange(bytes, 0, BytesMax);
    }

    [Fact]
    public static void A_preview_of_sixty_thousand_lots_with_one_expired_lot_copies_only_the_lots_that_it_draws_from()
    {
        AccountState state = WithLots();
        List<Entry> entries = [];
        long bytes = BytesOf(() => LedgerRules.Preview(AccountAsOf.Of(state, Given.Day(20)), Given.Spend(3), new ListSink(entries)));

        Assert.Equal(4, entries.Count);
        Assert.InRange(bytes, 0, BytesMax);
    }

    [Fact]
    public static void A_preview_that_draws_from_sixty_thousand_lots_keeps_no_entries()
    {
        AccountState state = WithLots(_ => null);
        CountingSink sink = new();
        long bytes = BytesOf(() => LedgerRules.Preview(AccountAsOf.Of(state, Given.Day(20)), Given.Spend(LotCount), sink));

        Assert.Equal((LotCount, -LotCount), (sink.Lines, sink.Points.Value));
        Assert.InRange(bytes, 0, BytesMax);
    }

    [Fact]
    public static void The_end_of_a_hold_reads_only_its_own_draws_of_sixty_thousand_lots()
    {
        AccountState state = WithLots();
        List<Entry> entries = [];
        DecisionContext context = new(state.StandsAt.Next, Given.Day(10), Given.TimestampMax);
        Assert.Null(LedgerRules.Decide(state, Given.Hold(2, days: 3), context, entries));
        entries.ForEach(state.Apply);
        List<Entry> due = [];
        long bytes = BytesOf(() => LedgerRules.ApplyDue(state, Given.Day(14), state.StandsAt.Next, due));

        Assert.Equal([EntryKind.Reversal, EntryKind.Return, EntryKind.Return], due.Select(entry => entry.Kind));
        Assert.InRange(bytes, 0, BytesMax);
    }

    [Fact]
    public static void An_expired_lot_is_found_after_every_lot_before_it_was_spent()
    {
        AccountState state = WithLots(expiryOf: index => Given.Day(20 + index));
        List<Entry> entries = [];
        Assert.Null(LedgerRules.Decide(state, Given.Spend(LotCount - 1), new DecisionContext(state.StandsAt.Next, Given.Day(10), Given.TimestampMax), entries));
        entries.ForEach(state.Apply);
        bool wasDue = state.HasDue(Given.Day(20 + LotCount - 2));

        Assert.Equal((false, true), (wasDue, state.HasDue(Given.Day(20 + LotCount - 1))));
    }

    [Fact]
    public static void The_index_of_expiries_counts_towards_the_size_of_an_account()
    {
        AccountState without = WithLots(expiryOf: _ => null);
        AccountState with = WithLots(expiryOf: _ => Given.Day(20));
        long perLot = (with.SizeInBytes - without.SizeInBytes) / LotCount;

        Assert.InRange(perLot, 40, 120);
    }

    [Fact]
    public static void Repeated_reads_of_sixty_thousand_expired_lots_cost_almost_nothing_until_something_changes()
    {
        AccountState state = WithLots(expiryOf: index => Given.Day(index < 10 ? 40 : 15));
        Assert.Equal(10, AccountAsOf.Of(state, Given.Day(20)).Balance.Value);
        Points balance = Points.Zero;
        long again = BytesOf(() => balance = AccountAsOf.Of(state, Given.Day(39)).Balance);
        long before = BytesOf(() => Assert.Equal(LotCount, AccountAsOf.Of(state, Given.Day(14)).Balance.Value));

        Assert.Equal(10, balance.Value);
        Assert.InRange(again, 0, 1_000);
        Assert.InRange(before, 0, BytesMax);
        Assert.Equal(0, AccountAsOf.Of(state, Given.Day(40)).Balance.Value);
        state.Apply(AccountAsOf.Of(state, Given.Day(20)).Due[0]);
        Assert.Equal(LotCount - 11, AccountAsOf.Of(state, Given.Day(20)).Due.Count);
    }

    private static AccountState WithLots(Func<int, Instant?>? expiryOf = null)
    {
        AccountState state = new(Given.Account);
        expiryOf ??= index => index == LotCount / 2 ? Given.Day(15) : index % 2 == 0 ? Given.Day(3_000) : null;
        for (int index = 0; index < LotCount; index++)
        {
            state.Apply(new Entry
            {
                Sequence = new Sequence(index + 1),
                Kind = EntryKind.Credit,
                Account = Given.Account,
                Opening = new Sequence(index == 0 ? 0 : 1),
                Payer = Given.Dannon,
                Points = new Points(1),
                LotPoints = new Points(1),
                OccurredAt = Given.Day(1).PlusClamped(TimeSpan.FromSeconds(index)),
                Lot = new Sequence(index + 1),
                ExpiresAt = expiryOf(index),
                Operation = new Sequence(index + 1),
            }.AsNextOperationOf(state));
        }

        return state;
    }

    private sealed class CountingSink : ISpendSink
    {
        public int Lines { get; private set; }

        public Points Points { get; private set; }

        public void TakeHeader(Entry header)
        {
        }

        public void TakeLine(in SpendLine line) => (Lines, Points) = (Lines + 1, Points + line.Points);
    }

    private static long BytesOf(Action run)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        run();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}

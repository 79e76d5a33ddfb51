using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>The part of rule 10 about flushes.</summary>
public sealed class FlushRuleTests
{
    private readonly TestAccount _account = new();

    [Fact]
    public void Flushing_an_empty_account_writes_nothing_and_is_not_refused()
    {
        Assert.Empty(_account.Do(Flush()));
        _account.Do(Add(Dannon, 10, Day(1)));
        Assert.NotEmpty(_account.Do(Flush()));
        Assert.Empty(_account.Do(Flush()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Flushing_an_empty_account_with_a_key_writes_one_entry_with_that_key(bool hasPast)
    {
        if (hasPast)
        {
            _account.Do(Add(Dannon, 10, Day(1)));
            _account.Do(Flush());
        }

        Entry entry = Assert.Single(_account.Do(KeyedFlush()));
        Assert.Equal((EntryKind.Flush, null, Points.Zero, Points.Zero), (entry.Kind, entry.Payer, entry.Points, entry.LotPoints));
        Assert.Equal((KeyedFlush().Origin, true), (entry.Origin, entry.IsFirst));
        Assert.Equal((entry.Sequence, entry.Sequence), (_account.State.StandsAt, _account.State.FlushedThrough));
        Assert.Equal(Sequence.Zero, _account.State.FlushedThroughBefore);
        Assert.Single(_account.Do(KeyedFlush()));
    }

    [Fact]
    public void A_flush_takes_the_same_with_and_without_a_key()
    {
        TestAccount other = new();
        foreach (TestAccount account in new[] { _account, other })
        {
            account.Do(Add(Dannon, 10, Day(1)));
            account.Do(Add(Unilever, 4, Day(1)));
        }

        Assert.Equal(other.Do(Flush()), _account.Do(KeyedFlush()).Select(entry => entry with { Origin = null }));
    }

    [Fact]
    public void A_flush_leaves_no_payer_no_lot_and_no_unpaid_deduction()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(2)));
        _account.Do(Add(Unilever, -4, Day(2)));
        _account.Do(Add(MillerCoors, 3, Day(1)));
        _account.Do(Add(MillerCoors, -3, Day(1)));
        _account.Do(Flush());

        Sequence last = _account.Journal[^1].Sequence;
        AccountSnapshot empty = AccountSnapshot.Empty(Account) with
        {
            Opening = new Sequence(1),
            LastOperation = _account.Journal[^1].Operation,
            StandsAt = last,
            FlushedThrough = last,
        };
        Snapshots.AssertEqual(empty, _account.State.ToSnapshot());
        Assert.True(_account.State.Balance.IsZero);
        Assert.False(_account.State.HasOutstanding);
    }

    [Fact]
    public void A_flush_writes_each_lot_with_the_deductions_that_it_pays_and_each_line_without_lots()
    {
        _account.Do(Add(Dannon, 5, Day(1)));
        _account.Do(Spend(5));
        _account.Do(Add(Unilever, 10, Day(3)));
        _account.Do(Add(Unilever, 6, Day(2)));
        _account.Do(Add(Unilever, -8, Day(2)));

        Assert.Equal(
            [(Dannon, 0, 0, null), (Unilever, 0, -6, Day(2)), (Unilever, -8, -10, Day(3))],
            _account.Do(Flush()).Select(entry => (entry.Payer!, (int)entry.Points.Value, (int)entry.LotPoints.Value, entry.OccurredAt)));
    }

    [Fact]
    public void A_flush_names_the_pending_spends_that_it_ends_in_their_order()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        Entry late = _account.Do(Hold(3, days: 2))[0];
        Entry early = _account.Do(Hold(4, days: 1))[0];
        _account.Do(Spend(1));

        IReadOnlyList<Entry> flush = _account.Do(KeyedFlush());
        Assert.Equal([Dannon, null, null], flush.Select(entry => entry.Payer));
        Assert.Equal(
            [(late.Sequence, late.ExpiresAt), (early.Sequence, early.ExpiresAt)], flush.Skip(1).Select(entry => (entry.Subject!.Value, entry.ExpiresAt)));
        Assert.Equal(Points.Zero, _account.State.Held);
    }

    [Fact]
    public void A_flush_does_not_name_final_or_reversed_spends_or_those_that_an_earlier_flush_ended()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Capture(_account.Do(Hold(3, days: 2))[0].Sequence));
        _account.Do(Reverse(_account.Do(Hold(3, days: 2))[0].Sequence));
        _account.Do(Hold(3, days: 2));
        _account.Do(Flush());
        _account.Do(Add(Dannon, 10, Day(1)));
        Assert.All(_account.Do(Flush()), entry => Assert.Null(entry.Subject));
    }

    [Theory]
    [InlineData("later end")]
    [InlineData("no end")]
    [InlineData("other spend")]
    [InlineData("no spend")]
    [InlineData("same spend twice")]
    [InlineData("missing spend")]
    public void Entries_that_do_not_name_exactly_the_pending_spends_are_rejected(string fault)
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Hold(3, days: 2));
        _account.Do(Hold(4, days: 2));
        AccountState before = _account.State.Copy();
        IReadOnlyList<Entry> flush = _account.Do(Flush());
        AccountState flushed = _account.State.Copy();
        IReadOnlyList<Entry> restore = _account.Do(Restore(flush[0].Sequence));
        Entry next = _account.Do(Add(Dannon, 1, Day(1)))[0];

        Replay(before.Copy(), [.. flush, .. restore, next]);
        Assert.Throws<EntryMismatchException>(() => Replay(before, [.. Alter(flush, fault), .. restore, next]));
        Assert.Throws<EntryMismatchException>(() => Replay(flushed, [.. Alter(restore, fault), next]));
    }

    private static void Replay(AccountState state, Entry[] entries)
    {
        foreach (Entry entry in entries)
        {
            state.Apply(entry);
        }
    }

    /// <summary>Changes the last of three entries. This entry names the second of two spends.</summary>
    private static Entry[] Alter(IReadOnlyList<Entry> entries, string fault) => fault == "missing spend"
        ? [.. entries.Take(2)]
        :
        [
            .. entries.Take(2),
            fault switch
            {
                "later end" => entries[2] with { ExpiresAt = Instant.FromUnixMicroseconds(entries[2].ExpiresAt!.Value.UnixMicroseconds + 1) },
                "no end" => entries[2] with { ExpiresAt = null },
                "other spend" => entries[2] with { Subject = new Sequence(1) },
                "no spend" => entries[2] with { Subject = null },
                _ => entries[2] with { Subject = entries[1].Subject },
            },
        ];

    [Fact]
    public void A_flush_of_more_points_than_64_bits_hold_does_not_overflow()
    {
        _account.Do(Add(Dannon, long.MaxValue - 1, Day(1)));
        _account.Do(Add(Dannon, -(long.MaxValue - 1), Day(1)));
        _account.Do(Add(Dannon, long.MaxValue - 1, Day(1)));
        _account.Do(Add(Dannon, -1, Day(1)));
        _account.Do(Flush());

        Assert.Empty(_account.State.Payers);
    }

    [Fact]
    public void Payers_appear_in_their_new_order_after_a_flush()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Flush());
        _account.Do(Add(Unilever, 1, Day(1)));
        _account.Do(Add(Dannon, 2, Day(1)));

        Assert.Equal([new(Unilever, 1), new(Dannon, 2)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void Points_from_before_a_flush_can_be_neither_spent_nor_deducted_after_it()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Flush());
        _account.Refuse(Spend(1));
        _account.Refuse(Add(Dannon, -1, Day(1)));
        _account.Do(Add(Dannon, 10, Day(1)));

        Assert.Equal([new ReferenceAllocation(Dannon, -10)], ClientView.AllocationsOf(_account.Do(Spend(10))));
    }
}

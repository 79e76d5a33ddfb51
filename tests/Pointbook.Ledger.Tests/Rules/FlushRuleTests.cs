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
    private readonly Book _book = new();

    [Fact]
    public void Flushing_an_empty_account_writes_nothing_and_is_not_refused()
    {
        Assert.Empty(_book.Do(Flush()));
        _book.Do(Add(Dannon, 10, Day(1)));
        Assert.NotEmpty(_book.Do(Flush()));
        Assert.Empty(_book.Do(Flush()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Flushing_an_empty_account_with_a_key_writes_one_entry_that_carries_it(bool hasPast)
    {
        if (hasPast)
        {
            _book.Do(Add(Dannon, 10, Day(1)));
            _book.Do(Flush());
        }

        Entry entry = Assert.Single(_book.Do(KeyedFlush()));
        Assert.Equal((EntryKind.Flush, null, Points.Zero, Points.Zero), (entry.Kind, entry.Payer, entry.Points, entry.LotPoints));
        Assert.Equal((KeyedFlush().Origin, true), (entry.Origin, entry.IsFirst));
        Assert.Equal((entry.Sequence, entry.Sequence), (_book.State.StandsAt, _book.State.FlushedThrough));
        Assert.Equal(Sequence.Zero, _book.State.FlushedThroughBefore);
        Assert.Single(_book.Do(KeyedFlush()));
    }

    [Fact]
    public void A_flush_with_a_key_and_one_without_take_the_same()
    {
        Book other = new();
        foreach (Book book in new[] { _book, other })
        {
            book.Do(Add(Dannon, 10, Day(1)));
            book.Do(Add(Unilever, 4, Day(1)));
        }

        Assert.Equal(other.Do(Flush()), _book.Do(KeyedFlush()).Select(entry => entry with { Origin = null }));
    }

    [Fact]
    public void A_flush_leaves_no_payer_no_lot_and_nothing_outstanding()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        _book.Do(Add(Unilever, 10, Day(2)));
        _book.Do(Add(Unilever, -4, Day(2)));
        _book.Do(Add(MillerCoors, 3, Day(1)));
        _book.Do(Add(MillerCoors, -3, Day(1)));
        _book.Do(Flush());

        Sequence last = _book.Journal[^1].Sequence;
        AccountSnapshot empty = AccountSnapshot.Empty(Account) with
        {
            Opening = new Sequence(1),
            LastOperation = _book.Journal[^1].Operation,
            StandsAt = last,
            FlushedThrough = last,
        };
        Snapshots.AssertEqual(empty, _book.State.ToSnapshot());
        Assert.True(_book.State.Balance.IsZero);
        Assert.False(_book.State.HasOutstanding);
    }

    [Fact]
    public void A_flush_writes_each_lot_with_what_it_pays_and_each_line_without_lots()
    {
        _book.Do(Add(Dannon, 5, Day(1)));
        _book.Do(Spend(5));
        _book.Do(Add(Unilever, 10, Day(3)));
        _book.Do(Add(Unilever, 6, Day(2)));
        _book.Do(Add(Unilever, -8, Day(2)));

        Assert.Equal(
            [(Dannon, 0, 0, null), (Unilever, 0, -6, Day(2)), (Unilever, -8, -10, Day(3))],
            _book.Do(Flush()).Select(entry => (entry.Payer!, (int)entry.Points.Value, (int)entry.LotPoints.Value, entry.OccurredAt)));
    }

    [Fact]
    public void A_flush_names_the_pending_spends_that_it_ends_in_their_order()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        Entry late = _book.Do(Hold(3, days: 2))[0];
        Entry early = _book.Do(Hold(4, days: 1))[0];
        _book.Do(Spend(1));

        IReadOnlyList<Entry> flush = _book.Do(KeyedFlush());
        Assert.Equal([Dannon, null, null], flush.Select(entry => entry.Payer));
        Assert.Equal(
            [(late.Sequence, late.ExpiresAt), (early.Sequence, early.ExpiresAt)], flush.Skip(1).Select(entry => (entry.Subject!.Value, entry.ExpiresAt)));
        Assert.Equal(Points.Zero, _book.State.Held);
    }

    [Fact]
    public void A_flush_does_not_name_spends_that_are_final_reversed_or_were_ended_by_an_earlier_flush()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        _book.Do(Capture(_book.Do(Hold(3, days: 2))[0].Sequence));
        _book.Do(Reverse(_book.Do(Hold(3, days: 2))[0].Sequence));
        _book.Do(Hold(3, days: 2));
        _book.Do(Flush());
        _book.Do(Add(Dannon, 10, Day(1)));
        Assert.All(_book.Do(Flush()), entry => Assert.Null(entry.Subject));
    }

    [Theory]
    [InlineData("later end")]
    [InlineData("no end")]
    [InlineData("other spend")]
    [InlineData("no spend")]
    [InlineData("same spend twice")]
    [InlineData("missing spend")]
    public void Entries_that_do_not_name_exactly_the_spends_that_were_pending_are_refused(string fault)
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        _book.Do(Hold(3, days: 2));
        _book.Do(Hold(4, days: 2));
        AccountState before = _book.State.Copy();
        IReadOnlyList<Entry> flush = _book.Do(Flush());
        AccountState flushed = _book.State.Copy();
        IReadOnlyList<Entry> restore = _book.Do(Restore(flush[0].Sequence));
        Entry next = _book.Do(Add(Dannon, 1, Day(1)))[0];

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
    public void A_flush_of_more_lots_than_64_bits_hold_overflows_nowhere()
    {
        _book.Do(Add(Dannon, long.MaxValue - 1, Day(1)));
        _book.Do(Add(Dannon, -(long.MaxValue - 1), Day(1)));
        _book.Do(Add(Dannon, long.MaxValue - 1, Day(1)));
        _book.Do(Add(Dannon, -1, Day(1)));
        _book.Do(Flush());

        Assert.Empty(_book.State.Payers);
    }

    [Fact]
    public void Payers_appear_in_their_new_order_after_a_flush()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        _book.Do(Add(Unilever, 10, Day(1)));
        _book.Do(Flush());
        _book.Do(Add(Unilever, 1, Day(1)));
        _book.Do(Add(Dannon, 2, Day(1)));

        Assert.Equal([new(Unilever, 1), new(Dannon, 2)], Answers.BalanceOf(_book.State));
    }

    [Fact]
    public void Points_of_before_a_flush_can_be_neither_spent_nor_deducted_after_it()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        _book.Do(Flush());
        _book.Refuse(Spend(1));
        _book.Refuse(Add(Dannon, -1, Day(1)));
        _book.Do(Add(Dannon, 10, Day(1)));

        Assert.Equal([new ReferenceAllocation(Dannon, -10)], Answers.AllocationsOf(_book.Do(Spend(10))));
    }
}

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Accounts;

/// <summary>Which entries an account state applies, and which it detects as entries of another journal.</summary>
public sealed class AccountStateTests
{
    private readonly AccountState _state = new(Given.Account);

    public AccountStateTests() => Apply(Credit(4, 10));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void An_entry_that_is_not_newer_than_the_state_is_rejected(long sequence) =>
        Assert.Throws<EntryMismatchException>(() => Apply(Credit(sequence, 10)));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void An_entry_of_an_account_that_another_entry_opened_is_rejected(long opening) =>
        Assert.Throws<EntryMismatchException>(() => Apply(Credit(5, 10) with { Opening = new(opening) }));

    [Fact]
    public void The_first_entry_opens_the_account()
    {
        Assert.Equal((new Sequence(4), Sequence.Zero), (_state.Opening, new AccountState(Given.Account).Opening));
        Assert.Throws<EntryMismatchException>(() => new AccountState(Given.Account).Apply(Credit(5, 10)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void An_operation_that_does_not_follow_the_last_one_is_rejected(long previous)
    {
        Apply(Credit(6, 10));
        Assert.Throws<EntryMismatchException>(() => _state.Apply(Credit(7, 10).AsNextOperationOf(_state) with { PreviousOperation = new(previous) }));
        Assert.Throws<EntryMismatchException>(() => _state.Apply(Credit(7, 10).AsNextOperationOf(_state) with { PreviousOperation = new(4) }));
        Assert.Equal(new Sequence(6), _state.LastOperation);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    public void An_operation_that_was_decided_with_another_balance_is_rejected(long balance)
    {
        Assert.Throws<EntryMismatchException>(() => _state.Apply(Credit(5, 10).AsNextOperationOf(_state) with { BalanceBefore = new(balance) }));
        Assert.Equal((new Sequence(4), new Points(10)), (_state.StandsAt, _state.Balance));
    }

    [Fact]
    public void An_entry_that_does_not_continue_the_last_operation_is_rejected()
    {
        Apply(Credit(6, 10));
        foreach (long operation in new long[] { 3, 4, 5 })
        {
            Assert.Throws<EntryMismatchException>(() => _state.Apply(Change(EntryKind.Draw, 7, lot: 4, -1) with { Operation = new(operation) }));
        }

        _state.Apply(Change(EntryKind.Draw, 7, lot: 4, -1) with { Operation = new(6) });
        Assert.Equal((new Sequence(6), new Sequence(7)), (_state.LastOperation, _state.StandsAt));
    }

    [Fact]
    public void An_entry_about_a_lot_that_is_not_open_is_rejected()
    {
        Assert.Throws<EntryMismatchException>(() => Apply(Change(EntryKind.Draw, 5, lot: 3, -1)));
        AccountState empty = new(Given.Account);
        Assert.Throws<EntryMismatchException>(() => empty.Apply(Change(EntryKind.Settlement, 5, lot: 4, -1) with { Opening = Sequence.Zero }));
    }

    [Fact]
    public void A_lot_is_found_by_its_timestamp_and_its_sequence() =>
        Assert.Throws<EntryMismatchException>(() => Apply(Change(EntryKind.Draw, 5, lot: 4, -1) with { OccurredAt = Given.Day(2) }));

    [Fact]
    public void An_entry_that_takes_more_than_a_lot_has_is_rejected() =>
        Assert.Throws<EntryMismatchException>(() => Apply(Change(EntryKind.Draw, 5, lot: 4, -11)));

    [Fact]
    public void A_credit_whose_lot_is_already_open_is_rejected() =>
        Assert.Throws<EntryMismatchException>(() => Apply(Change(EntryKind.Credit, 5, lot: 4, 10)));

    [Fact]
    public void An_emptied_lot_disappears()
    {
        Apply(Change(EntryKind.Draw, 5, lot: 4, -10));

        Assert.Equal(0, _state.LotCount);
        Assert.Throws<EntryMismatchException>(() => Apply(Change(EntryKind.Draw, 6, lot: 4, -1)));
    }

    [Fact]
    public void A_return_reopens_an_emptied_lot_and_adds_to_an_open_one()
    {
        Apply(Change(EntryKind.Draw, 5, lot: 4, -10));
        Apply(Change(EntryKind.Return, 6, lot: 4, 7) with { ExpiresAt = Given.Day(9) });
        Apply(Change(EntryKind.Return, 7, lot: 4, 2) with { ExpiresAt = Given.Day(9) });

        Lot lot = Assert.Single(_state.OpenLots());
        Assert.Equal((new LotKey(Given.Day(1), new Sequence(4)), new Points(9), (Instant?)Given.Day(9)), (lot.Key, lot.Remaining, lot.ExpiresAt));
        Assert.Equal(new Points(9), _state.Balance);
    }

    [Fact]
    public void A_header_changes_nothing_but_the_position()
    {
        AccountSnapshot before = _state.ToSnapshot();
        Apply(new Entry { Sequence = new(8), Kind = EntryKind.Spend, Account = Given.Account, Opening = new(4), Operation = new(8) });

        Snapshots.AssertEqual(before with { StandsAt = new(8), LastOperation = new(8) }, _state.ToSnapshot());
    }

    [Fact]
    public void A_snapshot_keeps_expiry_order_of_appearance_and_unpaid_deductions()
    {
        Apply(Credit(6, 3) with { ExpiresAt = Given.Day(9), Payer = Given.Unilever });
        Apply(Change(EntryKind.Deduction, 9, lot: 0, -4) with { Lot = null, LotPoints = Points.Zero });

        AccountSnapshot expected = new(
            Given.Account,
            new Sequence(9),
            [new(Given.Dannon, new(6), new(4), new(4)), new(Given.Unilever, new(3), Points.Zero, new(6))],
            [new(new(Given.Day(1), new(4)), Given.Dannon, new(10), null), new(new(Given.Day(1), new(6)), Given.Unilever, new(3), Given.Day(9))])
        { Opening = new(4), LastOperation = new(9) };
        Snapshots.AssertEqual(expected, _state.ToSnapshot());
        AccountState loaded = AccountState.FromSnapshot(expected);
        Snapshots.AssertEqual(expected, loaded.ToSnapshot());
        Assert.Equal((_state.Balance, true), (loaded.Balance, loaded.HasOutstanding));
    }

    [Fact]
    public void An_account_without_entries_has_an_empty_snapshot() =>
        Snapshots.AssertEqual(AccountSnapshot.Empty(Given.Account), new AccountState(Given.Account).ToSnapshot());

    private void Apply(Entry entry) => _state.Apply(entry.AsNextOperationOf(_state));

    private static Entry Credit(long sequence, long points) => Change(EntryKind.Credit, sequence, sequence, points);

    private static Entry Change(EntryKind kind, long sequence, long lot, long points) => new()
    {
        Sequence = new(sequence),
        Kind = kind,
        Account = Given.Account,
        Opening = new(sequence == 4 ? 0 : 4),
        Payer = Given.Dannon,
        Points = new(points),
        LotPoints = new(points),
        OccurredAt = Given.Day(1),
        Lot = new(lot),
        Operation = new(sequence),
    };
}

using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Rule 11: a client can erase an account that a flush has emptied. After that, the account key can be used again.</summary>
public sealed class EraseRuleTests
{
    private readonly Book _book = new();

    [Fact]
    public void An_erasure_is_one_entry_that_changes_no_points_and_keeps_its_own_origin()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        Sequence opening = _book.State.Opening;
        IReadOnlyList<Entry> flush = _book.Do(Flush());
        Entry erasure = Assert.Single(_book.Do(Erase() with { Origin = new Origin { Reason = "asked for by the holder", Actor = "support" } }));

        Assert.Equal((EntryKind.Erasure, opening, flush[0].Sequence), (erasure.Kind, erasure.Opening, erasure.PreviousOperation));
        Assert.Equal((null, Points.Zero, Points.Zero, Points.Zero), (erasure.Payer, erasure.Points, erasure.LotPoints, erasure.BalanceBefore));
        Assert.Equal("asked for by the holder", erasure.Origin?.Reason);
    }

    [Fact]
    public void An_erased_account_is_as_if_its_key_had_never_been_used()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        _book.Do(Hold(30, 1));
        _book.Do(Flush());
        _book.Do(Erase());

        Snapshots.AssertEqual(AccountSnapshot.Empty(Account) with { StandsAt = _book.State.StandsAt }, _book.State.ToSnapshot());
        Assert.Equal((Sequence.Zero, Sequence.Zero), (_book.State.Opening, _book.State.LastOperation));
        Entry credit = Assert.Single(_book.Do(Add(Dannon, 5, Day(2))));
        Assert.Equal((Sequence.Zero, credit.Sequence, credit.Sequence), (credit.Opening, credit.AccountOpening, _book.State.Opening));
    }

    [Fact]
    public void An_account_that_nothing_was_written_to_cannot_be_erased() =>
        Assert.Equal(new Refusal(RefusalCode.AccountNotFound), _book.Refuse(Erase()));

    [Fact]
    public void An_account_is_erased_once()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        _book.Do(Flush());
        _book.Do(Erase());
        Assert.Equal(new Refusal(RefusalCode.AccountNotFound), _book.Refuse(Erase()));
    }

    [Fact]
    public void An_account_with_points_cannot_be_erased()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        _book.Do(Spend(40));
        Assert.Equal(new Refusal(RefusalCode.AccountNotEmpty) { Available = new Points(60) }, _book.Refuse(Erase()));
    }

    [Fact]
    public void An_account_whose_payers_have_nothing_left_must_be_flushed_before_it_is_erased()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        _book.Do(Spend(100));
        Assert.Equal(new Refusal(RefusalCode.AccountNotEmpty) { Available = Points.Zero }, _book.Refuse(Erase()));
        _book.Do(Flush());
        _book.Do(Erase());
    }

    [Fact]
    public void An_account_whose_points_are_all_held_must_be_flushed_before_it_is_erased()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        _book.Do(Hold(100, 3));
        Assert.Equal(RefusalCode.AccountNotEmpty, _book.Refuse(Erase()).Code);
    }

    [Fact]
    public void An_account_of_one_empty_flush_can_be_erased()
    {
        _book.Do(KeyedFlush());
        Assert.Single(_book.Do(Erase()));
    }

    [Fact]
    public void What_an_erased_account_did_is_unknown_to_the_next_account_with_its_key()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        _book.Do(Spend(40));
        _book.Do(Hold(10, 1));
        _book.Do(Flush());
        _book.Do(Erase());
        _book.Do(Add(Dannon, 100, Day(1)));

        Assert.All(_book.Spends, spend => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _book.Refuse(Reverse(spend))));
        Assert.All(_book.Spends, spend => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _book.Refuse(Capture(spend))));
        Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _book.Refuse(Restore(_book.Flushes[0])));
    }

    [Fact]
    public void A_state_with_payers_refuses_to_apply_an_erasure()
    {
        _book.Do(Add(Dannon, 100, Day(1)));
        AccountState state = _book.State.Copy();
        Entry erasure = new()
        {
            Sequence = _book.Next,
            Kind = EntryKind.Erasure,
            Account = Account,
            Opening = state.Opening,
            PreviousOperation = state.LastOperation,
            BalanceBefore = state.Balance,
            Operation = _book.Next,
        };
        Assert.Throws<EntryMismatchException>(() => state.Apply(erasure));
    }
}

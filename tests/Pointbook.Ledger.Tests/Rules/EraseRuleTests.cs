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
    private readonly TestAccount _account = new();

    [Fact]
    public void An_erasure_is_one_entry_that_changes_no_points_and_keeps_its_own_origin()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        Sequence opening = _account.State.Opening;
        IReadOnlyList<Entry> flush = _account.Do(Flush());
        Entry erasure = Assert.Single(_account.Do(Erase() with { Origin = new Origin { Reason = "requested by the holder", Actor = "support" } }));

        Assert.Equal((EntryKind.Erasure, opening, flush[0].Sequence), (erasure.Kind, erasure.Opening, erasure.PreviousOperation));
        Assert.Equal((null, Points.Zero, Points.Zero, Points.Zero), (erasure.Payer, erasure.Points, erasure.LotPoints, erasure.BalanceBefore));
        Assert.Equal("requested by the holder", erasure.Origin?.Reason);
    }

    [Fact]
    public void After_an_erasure_the_key_is_as_good_as_new()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        _account.Do(Hold(30, 1));
        _account.Do(Flush());
        _account.Do(Erase());

        Snapshots.AssertEqual(AccountSnapshot.Empty(Account) with { StandsAt = _account.State.StandsAt }, _account.State.ToSnapshot());
        Assert.Equal((Sequence.Zero, Sequence.Zero), (_account.State.Opening, _account.State.LastOperation));
        Entry credit = Assert.Single(_account.Do(Add(Dannon, 5, Day(2))));
        Assert.Equal((Sequence.Zero, credit.Sequence, credit.Sequence), (credit.Opening, credit.AccountOpening, _account.State.Opening));
    }

    [Fact]
    public void An_account_without_entries_cannot_be_erased() =>
        Assert.Equal(new Refusal(RefusalCode.AccountNotFound), _account.Refuse(Erase()));

    [Fact]
    public void An_account_can_be_erased_only_once()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        _account.Do(Flush());
        _account.Do(Erase());
        Assert.Equal(new Refusal(RefusalCode.AccountNotFound), _account.Refuse(Erase()));
    }

    [Fact]
    public void An_account_with_points_cannot_be_erased()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        _account.Do(Spend(40));
        Assert.Equal(new Refusal(RefusalCode.AccountNotEmpty) { Available = new Points(60) }, _account.Refuse(Erase()));
    }

    [Fact]
    public void An_account_whose_payers_are_at_zero_must_be_flushed_before_it_is_erased()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        _account.Do(Spend(100));
        Assert.Equal(new Refusal(RefusalCode.AccountNotEmpty) { Available = Points.Zero }, _account.Refuse(Erase()));
        _account.Do(Flush());
        _account.Do(Erase());
    }

    [Fact]
    public void An_account_whose_points_are_all_held_must_be_flushed_before_it_is_erased()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        _account.Do(Hold(100, 3));
        Assert.Equal(RefusalCode.AccountNotEmpty, _account.Refuse(Erase()).Code);
    }

    [Fact]
    public void An_account_of_one_empty_flush_can_be_erased()
    {
        _account.Do(KeyedFlush());
        Assert.Single(_account.Do(Erase()));
    }

    [Fact]
    public void The_operations_of_an_erased_account_are_unknown_to_the_next_account_with_its_key()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        _account.Do(Spend(40));
        _account.Do(Hold(10, 1));
        _account.Do(Flush());
        _account.Do(Erase());
        _account.Do(Add(Dannon, 100, Day(1)));

        Assert.All(_account.Spends, spend => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _account.Refuse(Reverse(spend))));
        Assert.All(_account.Spends, spend => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _account.Refuse(Capture(spend))));
        Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _account.Refuse(Restore(_account.Flushes[0])));
    }

    [Fact]
    public void A_state_with_payers_refuses_to_apply_an_erasure()
    {
        _account.Do(Add(Dannon, 100, Day(1)));
        AccountState state = _account.State.Copy();
        Entry erasure = new()
        {
            Sequence = _account.Next,
            Kind = EntryKind.Erasure,
            Account = Account,
            Opening = state.Opening,
            PreviousOperation = state.LastOperation,
            BalanceBefore = state.Balance,
            Operation = _account.Next,
        };
        Assert.Throws<EntryMismatchException>(() => state.Apply(erasure));
    }
}

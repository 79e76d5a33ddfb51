using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Accounts;

/// <summary>Holds in the stored snapshot of an account, including the holds of pending spends that a flush removed.</summary>
public sealed class HoldSnapshotTests
{
    private readonly TestAccount _account = new();
    private readonly Sequence _credit;
    private readonly Sequence _first;
    private readonly Sequence _second;

    public HoldSnapshotTests()
    {
        _credit = _account.Do(Add(Dannon, 10, Day(1), Day(40)))[0].Sequence;
        _second = _account.Do(Hold(3, days: 9))[0].Sequence;
        _first = _account.Do(Hold(2, days: 5))[0].Sequence;
    }

    [Fact]
    public void A_snapshot_keeps_pending_spends_in_order_with_their_ends_and_draws()
    {
        AccountSnapshot snapshot = _account.State.ToSnapshot();

        Assert.Equal([(_second, Day(19)), (_first, Day(15))], snapshot.Holds.Select(hold => (hold.Spend, hold.EndsAt)));
        Assert.Equal(
            [new HeldDraw(new LotKey(Day(1), _credit), Dannon, new Points(3), Day(40))],
            snapshot.Holds[0].Draws);
        AccountState loaded = AccountState.FromSnapshot(snapshot);
        Assert.Equal((new Points(5), new Points(5)), (loaded.Balance, loaded.Held));
        Assert.Equal(Day(15), loaded.FindHold(_first)?.EndsAt);
    }

    [Fact]
    public void Holds_that_a_flush_removed_are_kept_for_its_restore_and_hold_nothing()
    {
        Sequence last = _account.Do(Flush())[^1].Sequence;
        AccountSnapshot snapshot = _account.State.ToSnapshot();
        AccountState loaded = AccountState.FromSnapshot(snapshot);

        Assert.Equal((last, Sequence.Zero, 2), (snapshot.FlushedThrough, snapshot.FlushedThroughBefore, snapshot.Holds.Count));
        Assert.Equal((Points.Zero, null, false), (loaded.Held, loaded.FindHold(_first), loaded.HasDue(Instant.MaxValue)));
        Snapshots.AssertEqual(snapshot, loaded.ToSnapshot());
    }

    [Fact]
    public void Holds_that_a_flush_removed_are_forgotten_with_the_next_entry()
    {
        _account.Do(Flush());
        _account.Do(Add(Dannon, 1, Day(1)));

        Assert.Empty(_account.State.ToSnapshot().Holds);
        Assert.NotEqual(Sequence.Zero, _account.State.FlushedThrough);
    }

    [Fact]
    public void A_restore_moves_the_boundary_of_the_archive_back_to_the_flush_before()
    {
        Sequence earlier = _account.Do(Flush())[^1].Sequence;
        _account.Do(Add(Dannon, 1, Day(1)));
        Entry later = _account.Do(Flush())[^1];
        Assert.Equal((later.Sequence, earlier), (_account.State.FlushedThrough, _account.State.FlushedThroughBefore));
        _account.Reload();
        _account.Do(Restore(later.Operation));

        Assert.Equal(earlier, _account.State.FlushedThrough);
    }

    [Fact]
    public void A_snapshot_from_inside_an_operation_accepts_the_rest_of_it()
    {
        _account.Do(Add(Unilever, 4, Day(2)));
        _account.Do(Hold(8, days: 9));
        _account.Do(Restore(_account.Do(Flush())[0].Sequence));
        for (int cut = 0; cut < _account.Journal.Count; cut++)
        {
            AccountState state = new(Account);
            foreach (Entry entry in _account.Journal.Take(cut))
            {
                state.Apply(entry);
            }

            AccountState loaded = state.Copy();
            foreach (Entry entry in _account.Journal.Skip(cut))
            {
                loaded.Apply(entry);
            }

            Snapshots.AssertEqual(_account.State.ToSnapshot(), loaded.ToSnapshot());
            Assert.Equal(new Points(13), loaded.Held);
        }
    }

    [Fact]
    public void Holds_count_towards_the_size_of_an_account_even_after_a_flush()
    {
        long held = _account.State.SizeInBytes;
        _account.Do(Capture(_first));
        Assert.InRange(_account.State.SizeInBytes, 0, held - 1);
        _account.Do(Flush());
        long flushed = _account.State.SizeInBytes;
        _account.Do(Add(Dannon, 1, Day(1)));
        _account.Do(Spend(1));
        _account.Do(Flush());

        Assert.InRange(_account.State.SizeInBytes, 0, flushed - 1);
    }
}

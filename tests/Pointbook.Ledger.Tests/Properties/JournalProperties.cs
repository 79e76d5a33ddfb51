using CsCheck;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>Journal and state agree after every single entry.</summary>
public static class JournalProperties
{
    private static readonly Gen<TimedCommand[]> TimedCommands = Gen.Frequency(
        (1, RandomCommands.Ordinary.Select(commands => commands.Select(TimedCommand.Now).ToArray())), (4, RandomCommands.TimedCommands), (1, RandomCommands.ExtremeTimedCommands));

    [Fact]
    public static void The_sums_of_the_entries_equal_the_state_after_every_entry() => TimedCommands.Sample(
        timedCommands =>
        {
            AccountState state = new(Given.Account);
            Sums sums = new();
            foreach (Entry entry in Write(timedCommands).Journal)
            {
                state.Apply(entry);
                sums.Add(entry);
                sums.AssertEqual(state.ToSnapshot());
            }
        },
        iter: 1_500);

    [Fact]
    public static void No_balance_and_no_unpaid_deduction_is_negative_after_any_entry() => TimedCommands.Sample(
        timedCommands =>
        {
            AccountState state = new(Given.Account);
            foreach (Entry entry in Write(timedCommands).Journal)
            {
                state.Apply(entry);
                Assert.False(state.Balance.IsNegative || state.Held.IsNegative);
                Assert.All(state.Payers, payer => Assert.False(payer.Balance.IsNegative || payer.Outstanding.IsNegative));
                Assert.All(state.OpenLots(), lot => Assert.True(lot.Remaining.IsPositive));
            }
        },
        iter: 1_500);

    [Fact]
    public static void Replaying_the_journal_gives_the_live_state() => TimedCommands.Sample(
        timedCommands =>
        {
            TestAccount account = Write(timedCommands);
            AccountState replayed = new(Given.Account);
            foreach (Entry entry in account.Journal)
            {
                replayed.Apply(entry);
            }

            Snapshots.AssertEqual(account.State.ToSnapshot(), replayed.ToSnapshot());
            Assert.Equal((account.State.Balance, account.State.Held), (replayed.Balance, replayed.Held));
        },
        iter: 1_500);

    [Fact]
    public static void A_snapshot_at_any_entry_equals_the_state_and_accepts_the_rest_of_the_journal() =>
        Gen.Select(TimedCommands, Gen.Int[0, 100]).Sample(
            (timedCommands, percent) =>
            {
                TestAccount account = Write(timedCommands);
                int cut = account.Journal.Count * percent / 100;
                AccountState state = new(Given.Account);
                foreach (Entry entry in account.Journal.Take(cut))
                {
                    state.Apply(entry);
                }

                AccountState loaded = AccountState.FromSnapshot(state.ToSnapshot());
                Snapshots.AssertEqual(state.ToSnapshot(), loaded.ToSnapshot());
                foreach (Entry entry in account.Journal.Skip(cut))
                {
                    loaded.Apply(entry);
                }

                Snapshots.AssertEqual(account.State.ToSnapshot(), loaded.ToSnapshot());
                Assert.Equal((account.State.Balance, account.State.Held), (loaded.Balance, loaded.Held));
            },
            iter: 1_500);

    private static TestAccount Write(TimedCommand[] timedCommands)
    {
        TestAccount account = new();
        foreach (TimedCommand timedCommand in timedCommands)
        {
            account.Wait(timedCommand.Wait);
            account.Try(timedCommand.For(account));
        }

        return account;
    }

    /// <summary>The sums of the entries so far, in numbers that cannot overflow.</summary>
    private sealed class Sums
    {
        private readonly Dictionary<PayerName, Int128> _points = [];
        private readonly Dictionary<PayerName, Int128> _lotPoints = [];
        private readonly Dictionary<LotKey, Int128> _lots = [];

        public void Add(Entry entry)
        {
            if (entry.Payer is null)
            {
                return;
            }

            _points[entry.Payer] = _points.GetValueOrDefault(entry.Payer) + entry.Points.Value;
            _lotPoints[entry.Payer] = _lotPoints.GetValueOrDefault(entry.Payer) + entry.LotPoints.Value;
            if (entry.Lot is { } lot)
            {
                LotKey key = new(entry.OccurredAt!.Value, lot);
                _lots[key] = _lots.GetValueOrDefault(key) + entry.LotPoints.Value;
            }
        }

        public void AssertEqual(AccountSnapshot snapshot)
        {
            Dictionary<PayerName, PayerSnapshot> lines = snapshot.Payers.ToDictionary(line => line.Name);
            foreach ((PayerName payer, Int128 points) in _points)
            {
                // A flush removed the lines of payers that have none, and the entries of these payers add up to zero.
                Assert.Equal(points, lines.GetValueOrDefault(payer).Balance.Value);
                Assert.Equal(_lotPoints[payer] - points, lines.GetValueOrDefault(payer).Outstanding.Value);
            }

            Assert.Equal(
                _lots.Where(lot => lot.Value != 0).OrderBy(lot => lot.Key).Select(lot => (lot.Key, lot.Value)),
                snapshot.Lots.Select(lot => (lot.Key, (Int128)lot.Remaining.Value)));
        }
    }
}

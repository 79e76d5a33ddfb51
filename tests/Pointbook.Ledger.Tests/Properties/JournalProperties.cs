using CsCheck;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>Journal and state agree after every single entry.</summary>
public static class JournalProperties
{
    private static readonly Gen<Move[]> Moves = Gen.Frequency(
        (1, Steps.Ordinary.Select(commands => commands.Select(Move.Now).ToArray())), (4, Steps.Moves), (1, Steps.ExtremeMoves));

    [Fact]
    public static void The_three_sums_of_the_entries_are_the_state_behind_every_entry() => Moves.Sample(
        moves =>
        {
            AccountState state = new(Given.Account);
            Sums sums = new();
            foreach (Entry entry in Write(moves).Journal)
            {
                state.Apply(entry);
                sums.Add(entry);
                sums.AssertEqual(state.ToSnapshot());
            }
        },
        iter: 1_500);

    [Fact]
    public static void No_balance_and_no_sum_of_deductions_is_negative_behind_any_entry() => Moves.Sample(
        moves =>
        {
            AccountState state = new(Given.Account);
            foreach (Entry entry in Write(moves).Journal)
            {
                state.Apply(entry);
                Assert.False(state.Balance.IsNegative || state.Held.IsNegative);
                Assert.All(state.Payers, payer => Assert.False(payer.Balance.IsNegative || payer.Outstanding.IsNegative));
                Assert.All(state.OpenLots(), lot => Assert.True(lot.Remaining.IsPositive));
            }
        },
        iter: 1_500);

    [Fact]
    public static void Replaying_the_journal_gives_the_live_state() => Moves.Sample(
        moves =>
        {
            Book book = Write(moves);
            AccountState replayed = new(Given.Account);
            foreach (Entry entry in book.Journal)
            {
                replayed.Apply(entry);
            }

            Snapshots.AssertEqual(book.State.ToSnapshot(), replayed.ToSnapshot());
            Assert.Equal((book.State.Balance, book.State.Held), (replayed.Balance, replayed.Held));
        },
        iter: 1_500);

    [Fact]
    public static void A_snapshot_of_any_moment_is_the_state_and_takes_the_rest_of_the_journal() =>
        Gen.Select(Moves, Gen.Int[0, 100]).Sample(
            (moves, percent) =>
            {
                Book book = Write(moves);
                int cut = book.Journal.Count * percent / 100;
                AccountState state = new(Given.Account);
                foreach (Entry entry in book.Journal.Take(cut))
                {
                    state.Apply(entry);
                }

                AccountState loaded = AccountState.FromSnapshot(state.ToSnapshot());
                Snapshots.AssertEqual(state.ToSnapshot(), loaded.ToSnapshot());
                foreach (Entry entry in book.Journal.Skip(cut))
                {
                    loaded.Apply(entry);
                }

                Snapshots.AssertEqual(book.State.ToSnapshot(), loaded.ToSnapshot());
                Assert.Equal((book.State.Balance, book.State.Held), (loaded.Balance, loaded.Held));
            },
            iter: 1_500);

    private static Book Write(Move[] moves)
    {
        Book book = new();
        foreach (Move move in moves)
        {
            book.Wait(move.Wait);
            book.Try(move.In(book));
        }

        return book;
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
                Assert.Equal(points, lines.GetValueOrDefault(payer)?.Balance.Value ?? 0);
                Assert.Equal(_lotPoints[payer] - points, lines.GetValueOrDefault(payer)?.Outstanding.Value ?? 0);
            }

            Assert.Equal(
                _lots.Where(lot => lot.Value != 0).OrderBy(lot => lot.Key).Select(lot => (lot.Key, lot.Value)),
                snapshot.Lots.Select(lot => (lot.Key, (Int128)lot.Remaining.Value)));
        }
    }
}

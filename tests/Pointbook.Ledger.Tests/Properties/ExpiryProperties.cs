using CsCheck;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>The effects of time do not depend on which command or query observes them, or when.</summary>
public static class ExpiryProperties
{
    [Fact]
    public static void No_expired_point_is_ever_drawn_and_none_is_left_behind_a_command() => Steps.Moves.Sample(
        moves =>
        {
            Book book = new();
            foreach (Move move in moves)
            {
                book.Wait(move.Wait);
                book.Try(move.In(book));
                Assert.All(book.State.OpenLots(), lot => Assert.False(lot.ExpiresAt <= book.Now));
                Assert.All(book.State.ToSnapshot().Holds, hold => Assert.True(hold.EndsAt > book.Now || book.State.Held.IsZero));
            }

            Assert.All(
                book.Journal.Zip(book.RecordedAt).Where(written => written.First.Kind == EntryKind.Draw),
                written => Assert.False(written.First.ExpiresAt <= written.Second));
            Assert.All(
                book.Journal.Zip(book.RecordedAt).Where(written => written.First.Kind is EntryKind.Expiry),
                written => Assert.True(written.First.ExpiresAt <= written.Second));
        },
        iter: 2_000);

    [Fact]
    public static void A_sweeper_that_comes_at_any_time_writes_what_the_next_command_would_have_written() =>
        Gen.Select(Steps.Moves, Gen.Int[0, 3].Array[50]).Sample(
            (moves, sweeps) =>
            {
                Book lazy = new() { HasNeighbours = false };
                Book swept = new() { HasNeighbours = false };
                for (int index = 0; index < moves.Length; index++)
                {
                    Do(lazy, moves[index], sweeps: 0);
                    Do(swept, moves[index], sweeps[index]);
                    Assert.Equal(lazy.Journal, swept.Journal);
                }

                Snapshots.AssertEqual(lazy.State.ToSnapshot(), swept.State.ToSnapshot());
            },
            iter: 1_500);

    [Fact]
    public static void What_is_due_at_the_end_is_the_same_in_one_step_and_in_a_thousand() => Steps.Moves.Sample(
        moves =>
        {
            AccountState once = After(moves, out Sequence next);
            AccountState often = once.Copy();
            List<Entry> atOnce = [];
            List<Entry> bySteps = [];
            Instant end = Given.Day(60);
            LedgerRules.ApplyDue(once, end, next, atOnce);
            for (Instant now = Given.Day(9); now <= end; now = now.PlusClamped(TimeSpan.FromHours(6)))
            {
                LedgerRules.ApplyDue(often, now, next.Plus(bySteps.Count), bySteps);
            }

            Assert.Equal(atOnce, bySteps);
            Snapshots.AssertEqual(once.ToSnapshot(), often.ToSnapshot());
        },
        iter: 1_500);

    [Fact]
    public static void What_is_due_once_is_not_due_again() => Steps.Moves.Sample(
        moves =>
        {
            AccountState state = After(moves, out Sequence next);
            List<Entry> entries = [];
            LedgerRules.ApplyDue(state, Given.Day(30), next, entries);
            int written = entries.Count;
            LedgerRules.ApplyDue(state, Given.Day(30), next.Plus(written), entries);
            LedgerRules.ApplyDue(state.Copy(), Given.Day(30), next.Plus(written), entries);
            Assert.Equal(written, entries.Count);
        },
        iter: 1_000);

    private static AccountState After(Move[] moves, out Sequence next)
    {
        Book book = new();
        foreach (Move move in moves)
        {
            // Only a quarter of the time passes, so that some events are not due yet.
            book.Wait(move.Wait / 4);
            book.Try(move.In(book));
        }

        next = book.Next;
        return book.State;
    }

    private static void Do(Book book, Move move, int sweeps)
    {
        TimeSpan part = move.Wait / (sweeps + 1);
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            book.Wait(part);
            book.Do(Given.Sweep());
        }

        book.Wait(move.Wait - (part * sweeps));
        book.Try(move.In(book));
    }
}

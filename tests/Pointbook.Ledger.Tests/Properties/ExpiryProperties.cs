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
    public static void No_expired_point_is_ever_drawn_or_left_after_a_command() => RandomCommands.TimedCommands.Sample(
        timedCommands =>
        {
            TestAccount account = new();
            foreach (TimedCommand timedCommand in timedCommands)
            {
                account.Wait(timedCommand.Wait);
                account.Try(timedCommand.For(account));
                Assert.All(account.State.OpenLots(), lot => Assert.False(lot.ExpiresAt <= account.Now));
                Assert.All(account.State.ToSnapshot().Holds, hold => Assert.True(hold.EndsAt > account.Now || account.State.Held.IsZero));
            }

            Assert.All(
                account.Journal.Zip(account.RecordedAt).Where(written => written.First.Kind == EntryKind.Draw),
                written => Assert.False(written.First.ExpiresAt <= written.Second));
            Assert.All(
                account.Journal.Zip(account.RecordedAt).Where(written => written.First.Kind is EntryKind.Expiry),
                written => Assert.True(written.First.ExpiresAt <= written.Second));
        },
        iter: 2_000);

    [Fact]
    public static void A_sweep_at_any_time_writes_what_the_next_command_would_have_written() =>
        Gen.Select(RandomCommands.TimedCommands, Gen.Int[0, 3].Array[50]).Sample(
            (timedCommands, sweeps) =>
            {
                TestAccount lazy = new() { LeavesSequenceGaps = false };
                TestAccount swept = new() { LeavesSequenceGaps = false };
                for (int index = 0; index < timedCommands.Length; index++)
                {
                    Do(lazy, timedCommands[index], sweeps: 0);
                    Do(swept, timedCommands[index], sweeps[index]);
                    Assert.Equal(lazy.Journal, swept.Journal);
                }

                Snapshots.AssertEqual(lazy.State.ToSnapshot(), swept.State.ToSnapshot());
            },
            iter: 1_500);

    [Fact]
    public static void Due_events_are_the_same_in_one_step_and_in_a_thousand() => RandomCommands.TimedCommands.Sample(
        timedCommands =>
        {
            AccountState once = After(timedCommands, out Sequence next);
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
    public static void Due_events_happen_once() => RandomCommands.TimedCommands.Sample(
        timedCommands =>
        {
            AccountState state = After(timedCommands, out Sequence next);
            List<Entry> entries = [];
            LedgerRules.ApplyDue(state, Given.Day(30), next, entries);
            int written = entries.Count;
            LedgerRules.ApplyDue(state, Given.Day(30), next.Plus(written), entries);
            LedgerRules.ApplyDue(state.Copy(), Given.Day(30), next.Plus(written), entries);
            Assert.Equal(written, entries.Count);
        },
        iter: 1_000);

    private static AccountState After(TimedCommand[] timedCommands, out Sequence next)
    {
        TestAccount account = new();
        foreach (TimedCommand timedCommand in timedCommands)
        {
            // Only a quarter of the time passes, so that some events are not due yet.
            account.Wait(timedCommand.Wait / 4);
            account.Try(timedCommand.For(account));
        }

        next = account.Next;
        return account.State;
    }

    private static void Do(TestAccount account, TimedCommand timedCommand, int sweeps)
    {
        TimeSpan part = timedCommand.Wait / (sweeps + 1);
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            account.Wait(part);
            account.Do(Given.Sweep());
        }

        account.Wait(timedCommand.Wait - (part * sweeps));
        account.Try(timedCommand.For(account));
    }
}

using CsCheck;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>A read of an account with due events shows what a write would find, and does not change the state.</summary>
public static class DueReadProperties
{
    [Fact]
    public static void A_read_shows_due_events_as_if_they_were_written() => Gen.Select(RandomCommands.TimedCommands, Gen.Int[0, 40]).Sample(
        (timedCommands, halfDays) =>
        {
            TestAccount account = After(timedCommands);
            Instant now = account.Now.PlusClamped(TimeSpan.FromDays(0.5 * halfDays));
            AccountSnapshot before = account.State.ToSnapshot();
            AccountAsOf read = AccountAsOf.Of(account.State, now);
            (AccountState written, IReadOnlyList<Entry> due) = WriteDue(account.State, now);

            Assert.Equal(due, read.Due);
            Assert.Equal((written.Balance, written.Held), (read.Balance, read.Held));
            Assert.Equal(written.Payers.Select(line => KeyValuePair.Create(line.Name, line.Balance)), read.Payers);
            Assert.Equal(Lots(written), read.OpenLots().Select(ToSnapshot));
            Assert.Equal(
                written.Payers.Select(line => line.Outstanding), account.State.Payers.Select(read.OutstandingOf));
            Assert.Equal(
                account.Spends.Select(spend => written.FindHold(spend)?.EndsAt), account.Spends.Select(spend => read.FindHold(spend)?.EndsAt));
            Snapshots.AssertEqual(before, account.State.ToSnapshot());
        },
        iter: 3_000);

    [Fact]
    public static void Repeated_reads_of_many_due_events_show_the_same_as_a_first_read() =>
        Gen.Select(Gen.Select(Gen.Int[1, 3], Gen.Int[2, 20]).Array[60, 100], Gen.Select(Gen.Int[1, 8], Gen.Int[1, 20]).Array[0, 8], Gen.Int[0, 50].Array[2, 6]).Sample(
            (credits, holds, looks) =>
            {
                TestAccount account = new() { ComparesSnapshots = false };
                foreach ((int points, int days) in credits)
                {
                    account.Do(Given.Add(points % 2 == 0 ? Given.Dannon : Given.Unilever, points, Given.Day(1), account.Now.PlusClamped(TimeSpan.FromDays(days))));
                }

                foreach ((int points, int days) in holds)
                {
                    account.Do(Given.Hold(points, days));
                }

                foreach (Instant now in looks.Select(halfDays => account.Now.PlusClamped(TimeSpan.FromDays(0.5 * halfDays))))
                {
                    AccountAsOf again = AccountAsOf.Of(account.State, now);
                    AccountAsOf first = AccountAsOf.Of(account.State.Copy(), now);
                    Assert.Equal(first.Due, again.Due);
                    Assert.Equal((first.Balance, first.Held), (again.Balance, again.Held));
                    Assert.Equal(first.OpenLots().Select(ToSnapshot), again.OpenLots().Select(ToSnapshot));
                }
            },
            iter: 200);

    [Fact]
    public static void A_preview_shows_what_the_spend_would_write_after_the_due_events() =>
        Gen.Select(RandomCommands.TimedCommands, Gen.Int[0, 40], Gen.Long[0, 120]).Sample(
            (timedCommands, halfDays, points) =>
            {
                TestAccount account = After(timedCommands);
                Instant now = account.Now.PlusClamped(TimeSpan.FromDays(0.5 * halfDays));
                AccountSnapshot before = account.State.ToSnapshot();
                (AccountState written, _) = WriteDue(account.State, now);
                List<Entry> expected = [];
                List<Entry> shown = [];
                DecisionContext context = new(written.StandsAt.Next, now, Instant.MaxValue);
                Refusal? refusal = LedgerRules.Decide(written, Given.Spend(points), context, expected);

                Assert.Equal(refusal, LedgerRules.Preview(AccountAsOf.Of(account.State, now), Given.Spend(points), new ListSink(shown)));
                Assert.Equal(expected, shown);
                Snapshots.AssertEqual(before, account.State.ToSnapshot());
            },
            iter: 3_000);

    private static TestAccount After(TimedCommand[] timedCommands)
    {
        TestAccount account = new();
        foreach (TimedCommand timedCommand in timedCommands)
        {
            account.Wait(timedCommand.Wait / 4);
            account.Try(timedCommand.For(account));
        }

        return account;
    }

    private static (AccountState State, IReadOnlyList<Entry> Due) WriteDue(AccountState state, Instant now)
    {
        AccountState written = state.Copy();
        List<Entry> due = [];
        LedgerRules.ApplyDue(written, now, written.StandsAt.Next, due);
        return (written, due);
    }

    private static IEnumerable<LotSnapshot> Lots(AccountState state) => state.ToSnapshot().Lots;

    private static LotSnapshot ToSnapshot(Lot lot) => new(lot.Key, lot.Payer.Name, lot.Remaining, lot.ExpiresAt);
}

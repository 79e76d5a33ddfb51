using System.Collections.Concurrent;
using CsCheck;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>For any commands, ledger and reference model agree on every answer and on the state after it.</summary>
public static class ReferenceProperties
{
    [Fact]
    public static void Every_answer_and_every_state_equals_the_reference_model() =>
        RandomCommands.Ordinary.Sample(AssertAgreement, iter: 3_000);

    [Fact]
    public static void Amounts_at_the_ends_of_64_bits_equal_the_reference_model() =>
        RandomCommands.Extreme.Sample(AssertAgreement, iter: 5_000);

    [Fact]
    public static void Holds_reversals_expiries_and_restores_equal_the_reference_model() =>
        Gen.Select(RandomCommands.TimedCommands, RandomCommands.Policy).Sample(AssertAgreement, iter: 2_500);

    [Fact]
    public static void Holds_and_reversals_at_the_ends_of_64_bits_equal_the_reference_model() =>
        RandomCommands.ExtremeTimedCommands.Sample(timedCommands => AssertAgreement(timedCommands, null), iter: 2_500);

    [Fact]
    public static void An_account_that_is_evicted_and_reloaded_at_any_moment_gives_the_same_answers() =>
        Gen.Select(RandomCommands.TimedCommands, Gen.Bool.Array[50]).Sample(
            (timedCommands, evictions) =>
            {
                ModelComparison comparison = new();
                for (int index = 0; index < timedCommands.Length; index++)
                {
                    if (evictions[index])
                    {
                        comparison.Account.Reload();
                    }

                    comparison.Do(timedCommands[index]);
                    comparison.AssertSameState();
                }
            },
            iter: 1_500);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void The_random_commands_are_neither_mostly_refused_nor_mostly_accepted(bool isMoving)
    {
        int taken = 0;
        int refused = 0;
        Gen<TimedCommand[]> timedCommands = isMoving ? RandomCommands.TimedCommands : RandomCommands.Ordinary.Select(commands => commands.Select(TimedCommand.Now).ToArray());
        timedCommands.Sample(
            timedCommands =>
            {
                ModelComparison comparison = new();
                foreach (TimedCommand timedCommand in timedCommands)
                {
                    Interlocked.Increment(ref comparison.Do(timedCommand) ? ref taken : ref refused);
                }
            },
            iter: 200);
        Assert.InRange(100 * refused / (taken + refused), 10, 55);
    }

    [Fact]
    public static void The_random_commands_cause_every_kind_of_entry_and_every_refusal()
    {
        ConcurrentDictionary<string, int> met = [];
        Gen.Frequency((2, RandomCommands.TimedCommands), (1, RandomCommands.ExtremeTimedCommands)).Sample(
            timedCommands =>
            {
                TestAccount account = new();
                foreach (TimedCommand timedCommand in timedCommands)
                {
                    account.Wait(timedCommand.Wait);
                    RefusalCode? code = account.Try(timedCommand.For(account)).Refusal?.Code;
                    met.AddOrUpdate($"{timedCommand.Command.GetType().Name} {code}", 1, (_, count) => count + 1);
                }

                foreach (Entry entry in account.Journal)
                {
                    met.AddOrUpdate($"{entry.Kind}", 1, (_, count) => count + 1);
                }
            },
            iter: 2_000);
        string[] wanted =
        [
            .. Enum.GetNames<EntryKind>(),
            .. new[] { RefusalCode.OperationNotFound, RefusalCode.AlreadyReversed, RefusalCode.AccountFlushed, RefusalCode.PointsOverflow }
                .Select(code => $"{nameof(ReverseSpend)} {code}"),
            .. new[] { RefusalCode.OperationNotFound, RefusalCode.AlreadyReversed, RefusalCode.AlreadyCaptured, RefusalCode.NotPending, RefusalCode.AccountFlushed }
                .Select(code => $"{nameof(CaptureSpend)} {code}"),
            .. new[] { RefusalCode.OperationNotFound, RefusalCode.AccountMovedOn }.Select(code => $"{nameof(RestoreFlush)} {code}"),
            .. new[] { RefusalCode.AccountNotFound, RefusalCode.AccountNotEmpty }.Select(code => $"{nameof(EraseAccount)} {code}"),
            $"{nameof(EraseAccount)} ", $"{nameof(RestoreFlush)} ", $"{nameof(AddTransaction)} {RefusalCode.InvalidExpiry}", $"{nameof(AddTransaction)} {RefusalCode.PointsOverflow}",
        ];
        Assert.All(wanted, name => Assert.InRange(met.GetValueOrDefault(name), 1, int.MaxValue));
    }

    private static void AssertAgreement(Command[] commands) => AssertAgreement([.. commands.Select(TimedCommand.Now)], null);

    private static void AssertAgreement(TimedCommand[] timedCommands, CalendarPeriod? policy)
    {
        ModelComparison comparison = new();
        comparison.Account.ExpiryAfter = policy;
        foreach (TimedCommand timedCommand in timedCommands)
        {
            comparison.Do(timedCommand);
            comparison.AssertSameState();
        }
    }
}

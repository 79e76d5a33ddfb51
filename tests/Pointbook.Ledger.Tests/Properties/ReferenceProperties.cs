using CsCheck;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Tests.Support;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>Ledger and reference model agree on every answer and on the state behind it, whatever is asked.</summary>
public static class ReferenceProperties
{
    [Fact]
    public static void Every_answer_and_every_state_equals_the_reference() =>
        Steps.Ordinary.Sample(AssertAgreement, iter: 3_000);

    [Fact]
    public static void Amounts_at_the_ends_of_64_bits_are_answered_like_the_reference() =>
        Steps.Extreme.Sample(AssertAgreement, iter: 5_000);

    [Fact]
    public static void An_account_that_is_evicted_at_any_moment_answers_as_if_it_had_stayed() =>
        Gen.Select(Steps.Ordinary, Gen.Bool.Array[40]).Sample(
            (commands, evictions) =>
            {
                Pair pair = new();
                for (int index = 0; index < commands.Length; index++)
                {
                    if (evictions[index])
                    {
                        pair.Book.Reload();
                    }

                    pair.Do(commands[index]);
                    pair.AssertSameState();
                }
            },
            iter: 1_500);

    [Fact]
    public static void The_random_commands_are_neither_mostly_refused_nor_mostly_taken()
    {
        int taken = 0;
        int refused = 0;
        Steps.Ordinary.Sample(
            commands =>
            {
                Book book = new();
                foreach (Command command in commands)
                {
                    Interlocked.Increment(ref book.Try(command).Refusal is null ? ref taken : ref refused);
                }
            },
            iter: 200);
        Assert.InRange(100 * refused / (taken + refused), 10, 50);
    }

    private static void AssertAgreement(Command[] commands)
    {
        Pair pair = new();
        foreach (Command command in commands)
        {
            pair.Do(command);
            pair.AssertSameState();
        }
    }
}

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
    public static void Every_answer_and_every_state_equals_the_reference() =>
        Steps.Ordinary.Sample(AssertAgreement, iter: 3_000);

    [Fact]
    public static void Amounts_at_the_ends_of_64_bits_are_answered_like_the_reference() =>
        Steps.Extreme.Sample(AssertAgreement, iter: 5_000);

    [Fact]
    public static void Whatever_is_held_reversed_expired_or_restored_equals_the_reference() =>
        Gen.Select(Steps.Moves, Steps.Policy).Sample(AssertAgreement, iter: 2_500);

    [Fact]
    public static void Holds_and_reversals_at_the_ends_of_64_bits_equal_the_reference() =>
        Steps.ExtremeMoves.Sample(moves => AssertAgreement(moves, null), iter: 2_500);

    [Fact]
    public static void An_account_that_is_evicted_at_any_moment_answers_as_if_it_had_stayed() =>
        Gen.Select(Steps.Moves, Gen.Bool.Array[50]).Sample(
            (moves, evictions) =>
            {
                Pair pair = new();
                for (int index = 0; index < moves.Length; index++)
                {
                    if (evictions[index])
                    {
                        pair.Book.Reload();
                    }

                    pair.Do(moves[index]);
                    pair.AssertSameState();
                }
            },
            iter: 1_500);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void The_random_commands_are_neither_mostly_refused_nor_mostly_taken(bool isMoving)
    {
        int taken = 0;
        int refused = 0;
        Gen<Move[]> moves = isMoving ? Steps.Moves : Steps.Ordinary.Select(commands => commands.Select(Move.Now).ToArray());
        moves.Sample(
            moves =>
            {
                Pair pair = new();
                foreach (Move move in moves)
                {
                    Interlocked.Increment(ref pair.Do(move) ? ref taken : ref refused);
                }
            },
            iter: 200);
        Assert.InRange(100 * refused / (taken + refused), 10, 55);
    }

    [Fact]
    public static void The_random_commands_meet_every_kind_of_entry_and_every_refusal_of_the_rules()
    {
        ConcurrentDictionary<string, int> met = [];
        Gen.Frequency((2, Steps.Moves), (1, Steps.ExtremeMoves)).Sample(
            moves =>
            {
                Book book = new();
                foreach (Move move in moves)
                {
                    book.Wait(move.Wait);
                    RefusalCode? code = book.Try(move.In(book)).Refusal?.Code;
                    met.AddOrUpdate($"{move.Command.GetType().Name} {code}", 1, (_, count) => count + 1);
                }

                foreach (Entry entry in book.Journal)
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

    private static void AssertAgreement(Command[] commands) => AssertAgreement([.. commands.Select(Move.Now)], null);

    private static void AssertAgreement(Move[] moves, CalendarPeriod? policy)
    {
        Pair pair = new();
        pair.Book.ExpiryAfter = policy;
        foreach (Move move in moves)
        {
            pair.Do(move);
            pair.AssertSameState();
        }
    }
}

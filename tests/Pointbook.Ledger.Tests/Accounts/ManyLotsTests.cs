using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Accounts;

/// <summary>Accounts with so many lots that their state has several chunks. Chunks split, fill up and disappear.</summary>
public static class ManyLotsTests
{
    private const int LotCount = 5_400;

    public enum Arrival
    {
        InOrder,
        Reverse,
        Random,
        AllAtOnce,
    }

    [Theory]
    [InlineData(Arrival.InOrder)]
    [InlineData(Arrival.Reverse)]
    [InlineData(Arrival.Random)]
    [InlineData(Arrival.AllAtOnce)]
    public static void Thousands_of_lots_are_spent_like_in_the_reference_model(Arrival arrival)
    {
        ModelComparison comparison = new() { Account = new TestAccount { ComparesSnapshots = false } };
        foreach (Command credit in Credits(arrival, LotCount))
        {
            comparison.Do(credit);
        }

        comparison.AssertSameState();
        comparison.Do(Given.Add(RandomCommands.Payers[0], -700, Given.Day(1)));
        SpendInPieces(comparison, pieces: 40, upTo: comparison.Account.State.Balance.Value / 2);
        foreach (Command credit in Credits(Arrival.Random, 300))
        {
            comparison.Do(credit);
        }

        comparison.AssertSameState();
        comparison.Account.Reload();
        SpendInPieces(comparison, pieces: 40, upTo: comparison.Account.State.Balance.Value);
        Assert.True(comparison.Account.State.Balance.IsZero);
        comparison.AssertSameState();
    }

    [Theory]
    [InlineData(Arrival.InOrder)]
    [InlineData(Arrival.Reverse)]
    [InlineData(Arrival.Random)]
    public static void Lots_that_leave_and_return_anywhere_in_a_long_queue_keep_their_order(Arrival arrival)
    {
        AccountState state = new(Given.Account);
        Sequence sequence = Sequence.Zero;
        SortedDictionary<LotKey, long> expected = [];
        foreach (AddTransaction credit in Credits(arrival, LotCount).Cast<AddTransaction>())
        {
            sequence = sequence.Next;
            expected.Add(new LotKey(credit.OccurredAt, sequence), credit.Points.Value);
            state.Apply(LotEntry(EntryKind.Credit, sequence, new LotKey(credit.OccurredAt, sequence), credit.Points.Value).AsNextOperationOf(state));
        }

        LotKey[] keys = [.. expected.Keys];
        new Random(7).Shuffle(keys);
        // Draws remove more than half of the lots in random order. Returns bring back a third of these, as reversals do.
        foreach (LotKey key in keys[..3_000])
        {
            sequence = sequence.Next;
            state.Apply(LotEntry(EntryKind.Draw, sequence, key, -expected[key]).AsNextOperationOf(state));
            expected.Remove(key);
        }

        AssertLots(expected, state);
        foreach (LotKey key in keys[..1_000])
        {
            sequence = sequence.Next;
            state.Apply(LotEntry(EntryKind.Return, sequence, key, 5).AsNextOperationOf(state));
            expected.Add(key, 5);
        }

        AssertLots(expected, state);
    }

    [Fact]
    public static void The_reported_size_of_an_account_grows_and_shrinks_with_its_lots()
    {
        TestAccount account = new() { ComparesSnapshots = false };
        long empty = account.State.SizeInBytes;
        foreach (Command credit in Credits(Arrival.InOrder, 2_000))
        {
            account.Do(credit);
        }

        // A lot needs at least 40 bytes: key, payer, remaining points, expiry.
        Assert.InRange(account.State.SizeInBytes - empty, 2_000 * 40, 2_000 * 100);
        account.Do(Given.Spend(account.State.Balance.Value));
        Assert.InRange(account.State.SizeInBytes - empty, 0, 5_000);
    }

    private static IEnumerable<Command> Credits(Arrival arrival, int count)
    {
        Random random = new(42);
        for (int index = 0; index < count; index++)
        {
            int minute = arrival switch
            {
                Arrival.InOrder => index,
                Arrival.Reverse => count - index,
                Arrival.Random => random.Next(count),
                _ => 0,
            };
            Instant occurredAt = Given.Day(1).PlusClamped(TimeSpan.FromMinutes(minute));
            yield return Given.Add(RandomCommands.Payers[random.Next(2)], random.Next(1, 10), occurredAt);
        }
    }

    private static void SpendInPieces(ModelComparison comparison, int pieces, long upTo)
    {
        for (int piece = 0; piece < pieces; piece++)
        {
            comparison.Do(Given.Spend((upTo * (piece + 1) / pieces) - (upTo * piece / pieces)));
        }
    }

    private static void AssertLots(SortedDictionary<LotKey, long> expected, AccountState state)
    {
        Assert.Equal(expected.Select(lot => (lot.Key, lot.Value)), state.OpenLots().Select(lot => (lot.Key, lot.Remaining.Value)));
        Assert.Equal(expected.Count, state.LotCount);
        Assert.Equal(expected.Values.Sum(), state.Balance.Value);
    }

    private static Entry LotEntry(EntryKind kind, Sequence sequence, LotKey lot, long points) => new()
    {
        Sequence = sequence,
        Kind = kind,
        Account = Given.Account,
        Opening = new Sequence(sequence.Value == 1 ? 0 : 1),
        Payer = Given.Dannon,
        Points = new Points(points),
        LotPoints = new Points(points),
        OccurredAt = lot.OccurredAt,
        Lot = lot.Sequence,
        Operation = sequence,
    };
}

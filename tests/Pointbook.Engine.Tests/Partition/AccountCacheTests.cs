using System.Globalization;
using CsCheck;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>Compares the cache with a list in order of use, and its size with the heap. No other test may run at the same time.</summary>
[CollectionDefinition(nameof(AccountCacheTests), DisableParallelization = true)]
[Collection(nameof(AccountCacheTests))]
public static class AccountCacheTests
{
    private enum StepKind
    {
        Add,
        Use,
        Peek,
        Remove,
        Grow,
        Evict,
    }

    [Fact]
    public static void The_least_recently_used_accounts_are_evicted_first()
    {
        Gen.Select(Gen.Enum<StepKind>(), Gen.Int[0, 60]).Array[0, 400].Sample(Run);
    }

    [Fact]
    public static void Thousands_of_accounts_are_found_evicted_in_order_of_use_and_added_back()
    {
        const int Count = 5_000;
        AccountCache cache = new();
        for (int round = 0; round < 3; round++)
        {
            for (int number = 0; number < Count; number++)
            {
                cache.Add(new AccountState(Id(number)));
            }

            Assert.Throws<ArgumentException>(() => cache.Add(new AccountState(Id(7))));
            for (int number = 0; number < Count; number += 2)
            {
                Assert.True(cache.TryUse(Id(number), out AccountState? state));
                Assert.Equal(Id(number), state.Account);
            }

            Assert.Equal(Count / 2, cache.EvictDownTo(cache.SizeInBytes / 2));
            Assert.All(Enumerable.Range(0, Count), number => Assert.Equal(number % 2 == 0, cache.TryPeek(Id(number), out _)));
            Assert.Equal(Count / 2, cache.EvictDownTo(0));
            Assert.Equal((0, 0L), (cache.Count, cache.SizeInBytes));
        }
    }

    [Fact]
    public static void The_reported_size_of_a_cache_slot_is_its_size_on_the_heap()
    {
        const int Count = 48_000;
        AccountState[] states = [.. Enumerable.Range(0, Count).Select(number => new AccountState(Id(number)))];
        AssertSize(() =>
        {
            AccountCache cache = new();
            foreach (AccountState state in states)
            {
                cache.Add(state);
            }

            return (cache, cache.SizeInBytes - states.Sum(state => state.SizeInBytes));
        });
    }

    [Fact]
    public static void The_reported_size_of_cached_accounts_is_their_size_on_the_heap()
    {
        const int Count = 20_000;
        AssertSize(() =>
        {
            AccountCache cache = new();
            for (int number = 0; number < Count; number++)
            {
                cache.Add(WithOneLot(number));
            }

            Assert.InRange(cache.SizeInBytes / Count, 100, 500);
            return (cache, cache.SizeInBytes);
        });
    }

    /// <summary>Compares the size that an object reports with the heap. Other code in the process also changes the heap, so one correct measurement of five is enough.</summary>
    private static void AssertSize(Func<(object Created, long Reported)> make)
    {
        (long said, long real) = (0, 0);
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            (object made, said) = make();
            real = GC.GetTotalMemory(forceFullCollection: true) - before;
            GC.KeepAlive(made);
            if (said >= real * 0.9 && said <= real * 1.1)
            {
                return;
            }
        }

        Assert.InRange(said, real * 0.9, real * 1.1);
    }

    private static void Run((StepKind StepKind, int Number)[] steps)
    {
        AccountCache cache = new();
        List<AccountState> byUse = [];
        foreach ((StepKind act, int number) in steps)
        {
            AccountState? known = byUse.Find(state => state.Account == Id(number));
            switch (act)
            {
                case StepKind.Add when known is null:
                    byUse.Add(new AccountState(Id(number)));
                    cache.Add(byUse[^1]);
                    break;
                case StepKind.Use:
                    Assert.Equal(known is not null, cache.TryUse(Id(number), out AccountState? used));
                    Assert.Same(known, used);
                    if (known is not null)
                    {
                        byUse.Remove(known);
                        byUse.Add(known);
                    }

                    break;
                case StepKind.Peek:
                    cache.TryPeek(Id(number), out AccountState? peeked);
                    Assert.Same(known, peeked);
                    break;
                case StepKind.Remove:
                    cache.Remove(Id(number));
                    byUse.RemoveAll(state => state == known);
                    break;
                case StepKind.Grow:
                    known?.Apply(Credit(known.Account, known.StandsAt.Next) with
                    {
                        Opening = known.Opening,
                        PreviousOperation = known.LastOperation,
                        BalanceBefore = known.Balance,
                    });
                    cache.Measure(Id(number));
                    break;
                case StepKind.Evict:
                    Assert.Equal(Math.Min(number % 5, byUse.Count), cache.EvictDownTo(SizeOf(byUse.Skip(number % 5))));
                    byUse.RemoveRange(0, Math.Min(number % 5, byUse.Count));
                    break;
            }

            Assert.Equal((byUse.Count, SizeOf(byUse)), (cache.Count, cache.SizeInBytes));
        }

        foreach (AccountState oldest in byUse)
        {
            Assert.True(cache.TryPeek(oldest.Account, out _));
            Assert.Equal(1, cache.EvictDownTo(cache.SizeInBytes - 1));
            Assert.False(cache.TryPeek(oldest.Account, out _));
        }
    }

    private static long SizeOf(IEnumerable<AccountState> states) => states.Sum(state => state.SizeInBytes + AccountCache.BytesPerSlot);

    private static AccountState WithOneLot(int number)
    {
        AccountState state = new(Id(number));
        state.Apply(Credit(state.Account, new Sequence(number + 1)));
        return state;
    }

    private static Entry Credit(AccountId account, Sequence sequence) => new()
    {
        Sequence = sequence,
        Kind = EntryKind.Credit,
        Account = account,
        Payer = PayerName.FromTrusted("DANNON"),
        Points = new Points(1),
        LotPoints = new Points(1),
        OccurredAt = Instant.FromUnixMicroseconds(sequence.Value),
        Lot = sequence,
        Operation = sequence,
    };

    private static AccountId Id(int number) => AccountId.FromTrusted("account-" + number.ToString("D8", CultureInfo.InvariantCulture));
}

using System.Globalization;
using System.Runtime.CompilerServices;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Accounts;

/// <summary>Compares the size that an account reports with the size of the heap. No other test may run at the same time.</summary>
[CollectionDefinition(nameof(AccountSizeTests), DisableParallelization = true)]
[Collection(nameof(AccountSizeTests))]
public static class AccountSizeTests
{
    private const double Tolerance = 0.1;
    private static readonly Instant Never = Given.Day(5_000);

    /// <summary>What the test does to make each account, and how many accounts it measures. Each row needs some megabytes.</summary>
    public static TheoryData<string, int> Shapes => new()
    {
        { "empty", 20_000 },
        { "one lot", 20_000 },
        { "three lots of two payers", 20_000 },
        { "one lot of a payer that no other account has", 20_000 },
        { "fifty lots of twenty payers", 1_000 },
        { "ten thousand lots", 10 },
        { "ten thousand lots that arrive in reverse order", 10 },
        { "ten lots that expire", 5_000 },
        { "a thousand lots that expire", 50 },
        { "a thousand expired lots after a read", 50 },
        { "one hold", 10_000 },
        { "thirty holds", 1_000 },
        { "a hold that was captured", 20_000 },
        { "thirty flushed holds", 1_000 },
        { "a flush", 20_000 },
        { "a thousand payers", 50 },
        { "forty lots, most of them spent", 2_000 },
        { "four hundred lots, most of them spent one by one", 500 },
        { "two thousand lots, most of them spent", 100 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public static void The_reported_size_of_an_account_is_its_size_on_the_heap(string shape, int count)
    {
        AssertSize(shape, count, state => state);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public static void The_reported_size_of_a_loaded_account_is_its_size_on_the_heap(string shape, int count)
    {
        if (shape == "one lot of a payer that no other account has")
        {
            // The original account shares this payer's name with its copy.
            return;
        }

        AssertSize(shape, count, state => state.Copy());
    }

    [Fact]
    public static void A_small_account_is_small()
    {
        // Only the first account counts the names of the payers. Later accounts share them.
        Make("three lots of two payers", 0);
        Assert.InRange(Make("one lot", 0).SizeInBytes, 100, 450);
        Assert.InRange(Make("three lots of two payers", 0).SizeInBytes, 100, 600);
    }

    [Fact]
    public static void Spent_lots_leave_an_account_hardly_larger_than_before()
    {
        long had = Make("four hundred lots, most of them spent one by one", 0).SizeInBytes;
        Assert.InRange(had, 0, Make("ten thousand lots", 0).SizeInBytes / 100);
    }

    private static void AssertSize(string shape, int count, Func<AccountState, AccountState> change)
    {
        // The first account also allocates shared objects, such as names. They do not count as part of an account.
        change(Make(shape, 0));
        (long reported, long measured) = (0, 0);
        // Other code in the process also changes the heap, so one correct measurement of five is enough.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            AccountState[] states = new AccountState[count];
            long before = GC.GetTotalMemory(forceFullCollection: true);
            Fill(states, shape, change);
            measured = GC.GetTotalMemory(forceFullCollection: true) - before;
            reported = states.Sum(state => state.SizeInBytes);
            if (reported >= measured * (1 - Tolerance) && reported <= measured * (1 + Tolerance))
            {
                return;
            }
        }

        Assert.InRange(reported, measured * (1 - Tolerance), measured * (1 + Tolerance));
    }

    /// <summary>This is a separate method, so that its local variables keep no objects alive after it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill(AccountState[] states, string shape, Func<AccountState, AccountState> change)
    {
        for (int index = 0; index < states.Length; index++)
        {
            states[index] = change(Make(shape, index));
        }
    }

    private static AccountState Make(string shape, int number)
    {
        AccountBuilder builder = new(number);
        switch (shape)
        {
            case "empty":
                break;
            case "one lot":
                builder.Add(lots: 1, payers: 1);
                break;
            case "three lots of two payers":
                builder.Add(lots: 3, payers: 2);
                break;
            case "one lot of a payer that no other account has":
                builder.AddLot(minute: 1, number);
                break;
            case "fifty lots of twenty payers":
                builder.Add(lots: 50, payers: 20);
                break;
            case "ten thousand lots":
                builder.Add(lots: 10_000, payers: 20);
                break;
            case "ten thousand lots that arrive in reverse order":
                builder.Add(lots: 10_000, payers: 20, step: -1);
                break;
            case "ten lots that expire":
                builder.Add(lots: 10, payers: 1, expire: true);
                break;
            case "a thousand lots that expire":
                builder.Add(lots: 1_000, payers: 1, expire: true);
                break;
            case "a thousand expired lots after a read":
                builder.Add(lots: 1_000, payers: 3, expire: true).Look();
                break;
            case "one hold":
                builder.Add(lots: 1, payers: 1).Hold(points: 5, times: 1);
                break;
            case "thirty holds":
                builder.Add(lots: 30, payers: 2).Hold(points: 15, times: 10).Hold(points: 5, times: 20);
                break;
            case "a hold that was captured":
                builder.Add(lots: 1, payers: 1).Hold(points: 5, times: 1).Capture();
                break;
            case "thirty flushed holds":
                builder.Add(lots: 30, payers: 2).Hold(points: 8, times: 30).Flush();
                break;
            case "a flush":
                builder.Add(lots: 30, payers: 20).Flush();
                break;
            case "a thousand payers":
                builder.Add(lots: 1_000, payers: 1_000);
                break;
            case "forty lots, most of them spent":
                builder.Add(lots: 40, payers: 5).Spend(points: 360, times: 1);
                break;
            case "four hundred lots, most of them spent one by one":
                builder.Add(lots: 400, payers: 5).Spend(points: 10, times: 390);
                break;
            case "two thousand lots, most of them spent":
                builder.Add(lots: 2_000, payers: 5).Spend(points: 19_900, times: 1);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(shape), shape, "Unknown shape.");
        }

        return builder.State;
    }

    /// <summary>Makes an account from commands. Each command has its own copies of all names, as a request does.</summary>
    private sealed class AccountBuilder(int number)
    {
        private readonly List<Entry> _entries = [];

        public AccountState State { get; } = new(AccountId.FromTrusted("account-" + number.ToString("D8", CultureInfo.InvariantCulture)));

        public AccountBuilder Add(int lots, int payers, int step = 1, bool expire = false)
        {
            for (int index = 0; index < lots; index++)
            {
                AddLot((index * step) + 20_000, index % payers, expire ? Never.PlusClamped(TimeSpan.FromHours(index)) : null);
            }

            return this;
        }

        public void AddLot(int minute, int payer, Instant? expiresAt = null) => Do(
            new AddTransaction(
                State.Account,
                PayerName.FromTrusted("PAYER " + payer.ToString("D8", CultureInfo.InvariantCulture)),
                new Points(10),
                Given.Day(-100).PlusClamped(TimeSpan.FromMinutes(minute)))
            { ExpiresAt = expiresAt });

        public AccountBuilder Spend(long points, int times)
        {
            for (int time = 0; time < times; time++)
            {
                Do(new SpendPoints(State.Account, new Points(points)));
            }

            return this;
        }

        public AccountBuilder Hold(long points, int times)
        {
            for (int time = 0; time < times; time++)
            {
                Do(new SpendPoints(State.Account, new Points(points)) { Hold = TimeSpan.FromDays(time + 1) });
            }

            return this;
        }

        public void Look() => Assert.Equal(1_000, AccountAsOf.Of(State, Never.PlusClamped(TimeSpan.FromDays(1_000))).Due.Count);

        public void Capture() => Do(new CaptureSpend(State.Account, _entries[0].Sequence) { SubjectEntries = [.. _entries] });

        public void Flush() => Do(new FlushAccount(State.Account));

        private void Do(Command command)
        {
            _entries.Clear();
            Assert.Null(LedgerRules.Decide(State, command, new DecisionContext(State.StandsAt.Next, Given.Now, Given.TimestampMax), _entries));
            _entries.ForEach(State.Apply);
        }
    }
}

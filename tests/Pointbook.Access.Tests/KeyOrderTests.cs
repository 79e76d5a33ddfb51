using CsCheck;
using Pointbook.Access.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Access.Tests;

/// <summary>Which orders for keys are valid, and what the created key contains.</summary>
public static class KeyOrderTests
{
    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);

    private static readonly CalendarPeriod ShortPeriod = new(0, Microsecond);

    private static readonly AccountLimits SomeLimits = Given.Limits("shop:*");

    public static TheoryData<Scopes, bool, KeyFault?> ScopesAndLimits { get; } = new()
    {
        { Scopes.None, false, KeyFault.NoScopes },
        { Scopes.None, true, KeyFault.NoScopes },
        { Scopes.Read, false, null },
        { Scopes.Read, true, null },
        { Scopes.Add | Scopes.Spend, true, null },
        { Scopes.Flush, true, null },
        { Scopes.All & ~Scopes.Admin, true, null },
        { Scopes.Admin, false, null },
        { Scopes.Admin, true, KeyFault.AdminWithLimits },
        { Scopes.Read | Scopes.Admin, true, KeyFault.AdminWithLimits },
        { Scopes.All, false, null },
        { Scopes.All, true, KeyFault.AdminWithLimits },
    };

    /// <summary>Months, ticks of 100 ns, and whether a key can be valid for this period.</summary>
    public static TheoryData<int, long, bool> Periods { get; } = new()
    {
        { 0, 0, false },
        { 0, 1, false },
        { 0, -TimeSpan.TicksPerDay, false },
        { 0, long.MinValue, false },
        { 0, Microsecond.Ticks, true },
        { 0, 90 * TimeSpan.TicksPerDay, true },
        { 0, 3_652 * TimeSpan.TicksPerDay, true },
        { 0, 3_653 * TimeSpan.TicksPerDay, false },
        { 0, long.MaxValue, false },
        { 1, 0, true },
        { 119, 30 * TimeSpan.TicksPerDay, true },
        { 120, 0, true },
        { 120, Microsecond.Ticks, false },
        { 121, 0, false },
        { 120_000, 0, false },
        { 120_000, long.MaxValue, false },
    };

    [Theory]
    [MemberData(nameof(ScopesAndLimits))]
    public static void A_key_needs_a_scope_and_an_admin_key_has_no_account_limits(Scopes scopes, bool isLimited, KeyFault? fault)
    {
        AccountLimits accounts = isLimited ? SomeLimits : AccountLimits.None;
        Assert.Equal(fault, new KeyOrder(Given.Name(), scopes, accounts, null).Fault);
        Assert.Equal(fault, new KeyOrder(Given.Name(), scopes, accounts, ShortPeriod).Fault);
        // A fault of scopes or limits is reported before a fault of the expiry.
        Assert.Equal(fault ?? KeyFault.ExpiryOutOfRange, new KeyOrder(Given.Name(), scopes, accounts, default(CalendarPeriod)).Fault);
    }

    [Theory]
    [MemberData(nameof(Periods))]
    public static void A_key_is_valid_for_at_least_a_microsecond_and_at_most_ten_years(int months, long ticks, bool isValid) => Assert.Equal(
        isValid ? null : KeyFault.ExpiryOutOfRange,
        new KeyOrder(Given.Name(), Scopes.Read, AccountLimits.None, new CalendarPeriod(months, TimeSpan.FromTicks(ticks))).Fault);

    [Fact]
    public static void A_new_key_has_the_requested_properties()
    {
        ApiKey key = new KeyOrder(Given.Name("till-7"), Scopes.Add | Scopes.Spend, SomeLimits, new CalendarPeriod(1, TimeSpan.FromHours(1)))
            .ToKey(Given.Secret, Given.Now, "cli:alice");

        Assert.Equal((Given.Secret.Id, Given.Name("till-7"), Given.Secret.Hash), (key.Id, key.Name, key.Hash));
        Assert.Equal((Scopes.Add | Scopes.Spend, SomeLimits), (key.Scopes, key.Accounts));
        Assert.Equal((Given.Now, "cli:alice"), (key.CreatedAt, key.CreatedBy));
        // February has no day 31.
        Assert.Equal(Given.At("2027-02-28T13:00:00Z"), key.ExpiresAt);
        Assert.Null(key.RevokedAt);
        Assert.Null(key.RevokedBy);
        Assert.True(Given.Secret.Matches(key.Hash));
    }

    [Fact]
    public static void A_key_without_a_period_does_not_expire()
    {
        ApiKey key = new KeyOrder(Given.Name(), Scopes.Read, AccountLimits.None, null).ToKey(Given.Secret, Given.Now, by: null);
        Assert.Null(key.ExpiresAt);
        Assert.Null(key.CreatedBy);
        Assert.Equal(KeyStatus.Active, key.StatusAt(Instant.MaxValue));
    }

    [Theory]
    [MemberData(nameof(ScopesAndLimits))]
    public static void An_invalid_key_is_not_created(Scopes scopes, bool isLimited, KeyFault? fault)
    {
        KeyOrder order = new(Given.Name(), scopes, isLimited ? SomeLimits : AccountLimits.None, null);
        if (fault is null)
        {
            Assert.Equal(scopes, order.ToKey(Given.Secret, Given.Now, by: null).Scopes);
        }
        else
        {
            Exception exception = Assert.Throws<InvalidOperationException>(() => order.ToKey(Given.Secret, Given.Now, by: null));
            Assert.Contains($"{fault}", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public static void A_key_is_not_created_without_a_secret() => Assert.Throws<ArgumentNullException>(
        () => new KeyOrder(Given.Name(), Scopes.Read, AccountLimits.None, null).ToKey(null!, Given.Now, by: null));

    [Fact]
    public static void A_new_key_is_active_until_the_instant_at_which_it_expires() =>
        Gen.Select(Gen.Int[0, 121], Gen.Long[-10, 4_000 * TimeSpan.TicksPerDay], Gen.Long[0, 4_000_000_000_000_000]).Sample((months, ticks, at) =>
        {
            KeyOrder order = new(Given.Name(), Scopes.Read, AccountLimits.None, new CalendarPeriod(months, TimeSpan.FromTicks(ticks)));
            if (order.Fault is null)
            {
                Instant now = Instant.FromUnixMicroseconds(at);
                ApiKey key = order.ToKey(Given.Secret, now, by: null);
                Assert.Equal(KeyStatus.Active, key.StatusAt(now));
                Assert.Equal(KeyStatus.Active, key.StatusAt(key.ExpiresAt!.Value.PlusClamped(-Microsecond)));
                Assert.Equal(KeyStatus.Expired, key.StatusAt(key.ExpiresAt.Value));
            }
        });
}

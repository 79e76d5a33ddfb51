using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Support;

/// <summary>Short names for the values that the tests use often.</summary>
internal static class Given
{
    public static AccountId Carol { get; } = AccountId.FromTrusted("carol");

    public static AccountId Dave { get; } = AccountId.FromTrusted("dave");

    public static PayerName Dannon { get; } = PayerName.FromTrusted("DANNON");

    public static PayerName Unilever { get; } = PayerName.FromTrusted("UNILEVER");

    public static Instant Day(int day) =>
        Instant.FromDateTimeOffset(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day));

    public static AddTransaction Add(long points, int day = 1, PayerName? payer = null, AccountId? account = null) =>
        new(account ?? Carol, payer ?? Dannon, new Points(points), Day(day));

    public static SpendPoints Spend(long points, AccountId? account = null) => new(account ?? Carol, new Points(points));

    public static SpendPoints Hold(long points, TimeSpan length, AccountId? account = null) => Spend(points, account) with { Hold = length };

    public static ReverseSpend Reverse(Receipt spend, AccountId? account = null) => new(account ?? Carol, spend.Id.Sequence);

    public static CaptureSpend Capture(Receipt spend, AccountId? account = null) => new(account ?? Carol, spend.Id.Sequence);

    public static RestoreFlush Restore(Receipt flush, AccountId? account = null) => new(account ?? Carol, flush.Id.Sequence);

    public static FlushAccount Flush(AccountId? account = null) => new(account ?? Carol);
}

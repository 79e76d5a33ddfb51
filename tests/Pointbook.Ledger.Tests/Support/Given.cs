using System.Globalization;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Short words for the values the tests are full of.</summary>
internal static class Given
{
    public static AccountId Account { get; } = AccountId.FromTrusted("carol");

    public static PayerName Dannon { get; } = Payer("DANNON");

    public static PayerName Unilever { get; } = Payer("UNILEVER");

    public static PayerName MillerCoors { get; } = Payer("MILLER COORS");

    /// <summary>The latest timestamp that <see cref="Book"/> lets in.</summary>
    public static Instant TimestampMax { get; } = At("2030-01-01T00:00Z");

    public static PayerName Payer(string name) => PayerName.FromTrusted(name);

    public static Instant At(string timestamp) =>
        Instant.FromDateTimeOffset(DateTimeOffset.Parse(timestamp, CultureInfo.InvariantCulture));

    /// <summary>The day of January 2020 with that number; a test that only needs an order needs no more.</summary>
    public static Instant Day(int day) => At("2020-01-01T00:00Z").PlusClamped(TimeSpan.FromDays(day - 1));

    public static AddTransaction Add(PayerName payer, long points, Instant occurredAt) =>
        new(Account, payer, new Points(points), occurredAt);

    public static SpendPoints Spend(long points) => new(Account, new Points(points));

    public static FlushAccount Flush() => new(Account);
}

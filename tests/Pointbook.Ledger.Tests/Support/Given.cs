using System.Globalization;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Short names for the values that the tests use often.</summary>
internal static class Given
{
    public static AccountId Account { get; } = AccountId.FromTrusted("carol");

    public static PayerName Dannon { get; } = Payer("DANNON");

    public static PayerName Unilever { get; } = Payer("UNILEVER");

    public static PayerName MillerCoors { get; } = Payer("MILLER COORS");

    /// <summary>The time at which a <see cref="TestAccount"/> begins, later than all days of January 2020 up to the tenth.</summary>
    public static Instant Now { get; } = Day(10);

    /// <summary>The latest timestamp that a <see cref="TestAccount"/> accepts.</summary>
    public static Instant TimestampMax { get; } = At("2030-01-01T00:00Z");

    public static PayerName Payer(string name) => PayerName.FromTrusted(name);

    public static Instant At(string timestamp) =>
        Instant.FromDateTimeOffset(DateTimeOffset.Parse(timestamp, CultureInfo.InvariantCulture));

    /// <summary>The day of January 2020 with this number, for tests that only need an order of instants.</summary>
    public static Instant Day(double day) => At("2020-01-01T00:00Z").PlusClamped(TimeSpan.FromDays(day - 1));

    /// <summary>The instant one microsecond earlier: the last one at which an event is not due yet.</summary>
    public static Instant MicrosecondBefore(Instant instant) => instant.PlusClamped(TimeSpan.FromMicroseconds(-1));

    public static AddTransaction Add(PayerName payer, long points, Instant occurredAt, Instant? expiresAt = null) =>
        new(Account, payer, new Points(points), occurredAt) { ExpiresAt = expiresAt };

    public static SpendPoints Spend(long points) => new(Account, new Points(points));

    /// <summary>A spend that stays pending for this many days.</summary>
    public static SpendPoints Hold(long points, double days) => Spend(points) with { Hold = TimeSpan.FromDays(days) };

    public static CaptureSpend Capture(Sequence spend) => new(Account, spend);

    public static ReverseSpend Reverse(Sequence spend) => new(Account, spend);

    public static FlushAccount Flush() => new(Account);

    /// <summary>A flush with an idempotency key. The server must answer a repeat of it with a replay.</summary>
    public static FlushAccount KeyedFlush() => Flush() with
    {
        Origin = new Origin { Key = IdempotencyKey.FromTrusted("k"), KeyHash = new Digest(new byte[32]) },
    };

    public static EraseAccount Erase() => new(Account);

    public static RestoreFlush Restore(Sequence flush) => new(Account, flush);

    public static ExpireDue Sweep() => new(Account);
}

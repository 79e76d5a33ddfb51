using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Values for tests.</summary>
public static class Given
{
    /// <summary>A timestamp with microseconds.</summary>
    public static Instant Time { get; } = Instant.FromDateTimeOffset(new DateTimeOffset(2020, 11, 2, 14, 0, 0, TimeSpan.Zero).AddTicks(1_234_560));

    public static AccountId Account(string key) => AccountId.FromTrusted(key);

    public static PayerName Payer(string name) => PayerName.FromTrusted(name);

    public static IdempotencyKey Key(string key) => IdempotencyKey.FromTrusted(key);

    /// <summary>A digest that repeats one byte.</summary>
    public static Digest Hash(byte value) => new(Enumerable.Repeat(value, Digest.Length).ToArray());

    /// <summary>An ordinary credit.</summary>
    public static Entry Credit(Sequence sequence, long points = 100, string account = "default", string payer = "DANNON") => new()
    {
        Sequence = sequence,
        Kind = EntryKind.Credit,
        Account = Account(account),
        Payer = Payer(payer),
        Points = new Points(points),
        LotPoints = new Points(points),
        OccurredAt = Time,
        Lot = sequence,
        Operation = sequence,
    };

    /// <summary>An entry with all fields set.</summary>
    public static Entry EntryWithAllFields(Sequence sequence, EntryKind kind) => Credit(sequence) with
    {
        Kind = kind,
        PreviousOperation = sequence > new Sequence(1) ? new Sequence(1) : Sequence.Zero,
        BalanceBefore = new Points(1_000_000_007),
        Points = new Points(-7),
        LotPoints = new Points(-9),
        Lot = new Sequence(3),
        ExpiresAt = Time.PlusClamped(TimeSpan.FromDays(365)),
        Subject = new Sequence(2),
        Origin = new Origin
        {
            Key = Key("key ~1"),
            KeyHash = Hash(0xAB),
            Reference = "order 4711",
            Reason = "a reason",
            Actor = "till 3",
        },
    };

    /// <summary>An entry with only the required fields.</summary>
    public static Entry EntryWithoutTexts(Sequence sequence, EntryKind kind) => new()
    {
        Sequence = sequence,
        Kind = kind,
        Account = Account("a"),
        Operation = sequence,
    };

    /// <summary>The header of a spend, followed by this many draws.</summary>
    public static IReadOnlyList<Entry> Spend(Sequence first, int draws)
    {
        Entry header = EntryWithoutTexts(first, EntryKind.Spend);
        return
        [
            header,
            .. Enumerable.Range(1, draws).Select(index => Credit(first.Plus(index), -index, header.Account.Value) with
            {
                Kind = EntryKind.Draw,
                Lot = new Sequence(index),
                Operation = first,
            }),
        ];
    }
}

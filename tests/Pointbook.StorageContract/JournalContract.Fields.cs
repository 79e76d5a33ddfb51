using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: the journal returns every field as it was written.</summary>
public abstract partial class JournalContract
{
    public static TheoryData<EntryKind> Kinds => [.. Enum.GetValues<EntryKind>()];

    public static TheoryData<string> PayerNames =>
    [
        "P",
        "Ünïlever & Söhne",
        "Café",
        "क्षि नियम",
        "日本生命",
        "😀🏳️‍🌈👨‍👩‍👧",
        "\U00020000\U0010FFFD",
        "O'Brien's \"best\" -- '; DROP TABLE journal_entry; --",
        "%_\\?1:a@b$c",
        new string('x', PayerName.LengthMax),
        string.Concat(Enumerable.Repeat("\U0001F600", PayerName.LengthMax)),
    ];

    public static TheoryData<string> Texts =>
    [
        "",
        " ",
        "'",
        "\"",
        "null",
        "0",
        "line\r\nbreak\tand tab",
        "e\u0301 is not normalized",
        "\uFEFF\u200B\U0001F600",
        new string('\u20AC', 5_000),
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_field_of_every_kind_of_entry_survives_a_round_trip(EntryKind kind)
    {
        Sequence first = new(1);
        await AssertRoundTripAsync(
        [
            Given.EntryWithAllFields(first, kind),
            Given.EntryWithoutTexts(first.Plus(1), kind),
            Given.EntryWithAllFields(first.Plus(2), kind) with { Origin = null },
            Given.EntryWithAllFields(first.Plus(3), kind) with { Subject = null },
            Given.EntryWithAllFields(first.Plus(4), kind) with { Payer = null, Lot = null, OccurredAt = null, ExpiresAt = null },
            Given.EntryWithAllFields(first.Plus(5), kind) with
            {
                Operation = first.Plus(4),
                PreviousOperation = Sequence.Zero,
                BalanceBefore = Points.Zero,
                // A settlement changes no balance, and the sums of its operation cannot store such a change.
                Points = new Points(kind == EntryKind.Settlement ? 0 : -7),
            },
        ]);
    }

    [Fact]
    public async Task Every_optional_field_survives_a_round_trip_alone()
    {
        Entry bare = Given.EntryWithoutTexts(new Sequence(1), EntryKind.Spend);
        Entry[] each =
        [
            bare with { Payer = Given.Payer("P") },
            bare with { OccurredAt = Given.Time },
            bare with { Lot = new Sequence(1) },
            bare with { ExpiresAt = Given.Time },
            bare with { Subject = new Sequence(1) },
            bare with { Origin = new Origin { Key = Given.Key("k"), KeyHash = Given.Hash(0) } },
            bare with { Origin = new Origin { Reference = "r" } },
            bare with { Origin = new Origin { Reason = "r" } },
            bare with { Origin = new Origin { Actor = "a" } },
        ];

        await AssertRoundTripAsync([.. each.Select((entry, index) => MoveTo(entry, index + 1))]);
    }

    [Theory]
    [MemberData(nameof(PayerNames))]
    public async Task Every_payer_name_survives_a_round_trip(string name) =>
        await AssertRoundTripAsync([Given.Credit(new Sequence(1)) with { Payer = Given.Payer(name) }]);

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Every_reference_reason_and_actor_survives_a_round_trip(string text) =>
        await AssertRoundTripAsync(
        [
            Given.Credit(new Sequence(1)) with { Origin = new Origin { Reference = text } },
            Given.Credit(new Sequence(2)) with { Origin = new Origin { Reason = text } },
            Given.Credit(new Sequence(3)) with { Origin = new Origin { Actor = text } },
        ]);

    [Fact]
    public async Task The_longest_account_and_key_survive_a_round_trip() =>
        await AssertRoundTripAsync(
        [
            Given.Credit(new Sequence(1), account: string.Concat(Enumerable.Repeat("Az0._:@-", AccountId.LengthMax / 8))) with
            {
                Origin = new Origin { Key = Given.Key(new string('~', IdempotencyKey.LengthMax)), KeyHash = Given.Hash(0xFF) },
            },
        ]);

    [Fact]
    public async Task The_smallest_and_largest_points_survive_a_round_trip()
    {
        long[] amounts = [long.MinValue, long.MinValue + 1, -1, 0, 1, int.MaxValue + 1L, long.MaxValue - 1, long.MaxValue];
        IEnumerable<(long Points, long Lot)> pairs = amounts.SelectMany(points => amounts.Select(lot => (points, lot)));
        await AssertRoundTripAsync(
            [.. pairs.Select((pair, index) => Given.Credit(new Sequence(index + 1), pair.Points) with { LotPoints = new Points(pair.Lot) })]);
    }

    [Fact]
    public async Task Times_survive_a_round_trip_to_the_microsecond_and_at_the_ends_of_their_range()
    {
        Instant[] times =
        [
            Instant.MinValue,
            Instant.MinValue.PlusClamped(TimeSpan.FromMicroseconds(1)),
            Instant.FromUnixMicroseconds(-1),
            Instant.FromUnixMicroseconds(0),
            Instant.FromUnixMicroseconds(1),
            Instant.FromUnixMicroseconds(1_604_325_600_123_457),
            Instant.MaxValue.PlusClamped(-TimeSpan.FromMicroseconds(1)),
            Instant.MaxValue,
        ];
        await AssertRoundTripAsync(
            [.. times.Select((time, index) => Given.Credit(new Sequence(index + 1)) with { OccurredAt = time, ExpiresAt = times[^(index + 1)] })]);
    }

    [Fact]
    public async Task The_time_of_a_commit_survives_a_round_trip_to_the_microsecond_and_at_the_end_of_its_range()
    {
        Instant now = Instant.FromDateTimeOffset(Host.Clock.GetUtcNow());
        Instant microsecondEarlier = now.PlusClamped(TimeSpan.FromMicroseconds(-1));
        CommitTime first = new(microsecondEarlier, now.PlusClamped(TimeSpan.FromMicroseconds(1)));
        await AppendAsync(Chain.Fork([Given.Credit(new Sequence(1))], first));
        Assert.Equal(first, (await Journal.ReadHeadAsync(Token)).Time);
        Assert.Equal(first, (await JournalVerification.ReadCommitOfAsync(Journal, new Sequence(1), Token))!.Time);
        Assert.Equal(first, Assert.Single(await StoreAssert.ReadAllAsync(Journal)).Time);

        JournalHead head = await Journal.ReadHeadAsync(Token);
        await AppendAsync(Chain.Seal(head, [Given.Credit(new Sequence(2))], new CommitTime(now, Instant.MaxValue)));
        Assert.Equal(Instant.MaxValue, (await JournalVerification.ReadCommitOfAsync(Journal, new Sequence(2), Token))!.RecordedAt);
    }

    [Fact]
    public async Task The_id_of_a_commit_survives_a_round_trip()
    {
        Commit commit = Chain.Fork([Given.Credit(new Sequence(1))]) with { Id = new Guid("00112233-4455-6677-8899-aabbccddeeff") };
        await AppendAsync(commit);
        await Host.OpenAsync();
        StoreAssert.Equal([commit], await StoreAssert.ReadAllAsync(Journal));
        Assert.Equal(CommitSeal.FormatNewest, Assert.Single(await StoreAssert.ReadAllAsync(Journal)).Format);
        Assert.Equal(commit.Id, await Journal.ConfirmAsync(new Sequence(1), Token));
    }

    [Fact]
    public async Task A_commit_in_a_newer_format_is_damage_that_names_the_format()
    {
        Commit commit = Chain.Fork([Given.Credit(new Sequence(1))]) with { Format = int.MaxValue };
        await AppendAsync(commit);
        await Host.OpenAsync();
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(() => JournalVerification.VerifyAsync(Journal, Token));
        Assert.Equal((commit.First, commit.Last, commit.Id), (damage.First, damage.Last, damage.Commit));
        Assert.Contains($"format {int.MaxValue}", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_of_ten_thousand_entries_survives_a_round_trip()
    {
        await AppendAsync(Chain.AddCredits(Enumerable.Range(1, 10_000).Select(number => (long)number)));
        await AppendAsync(Chain.AddCredits(1));
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
        Assert.Equal(Chain.Head, await JournalVerification.VerifyAsync(Journal, Token));
    }

    private static Entry MoveTo(Entry entry, int sequence) => entry with { Sequence = new Sequence(sequence), Operation = new Sequence(sequence) };

    private async Task AssertRoundTripAsync(IReadOnlyList<Entry> entries)
    {
        await AppendAsync(Chain.Add(entries));
        await Host.OpenAsync();
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
        Assert.Equal(Chain.Head, await JournalVerification.VerifyAsync(Journal, Token));
    }
}

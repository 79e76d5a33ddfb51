using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using static Pointbook.StorageContract.Support.ForgedCommits;
using static Pointbook.StorageContract.Support.TestSalts;

namespace Pointbook.Engine.Tests.Journal;

public sealed class SealTests
{
    private static readonly Digest SomeHash = new([.. Enumerable.Range(1, 32).Select(value => (byte)value)]);

    private static readonly Guid SomeId = new("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly CommitTime SomeTime = new(Given.Day(2), Given.Day(5));

    public static TheoryData<string> Fields => [.. Changes.Keys];

    private static Dictionary<string, Func<Commit, Commit>> Changes { get; } = new()
    {
        ["partition"] = commit => commit with { Partition = 1 },
        ["id"] = commit => commit with { Id = Guid.Empty },
        ["decidedAt"] = commit => commit with { DecidedAt = Instant.FromUnixMicroseconds(commit.DecidedAt.UnixMicroseconds + 1) },
        ["recordedAt"] = commit => commit with { RecordedAt = Instant.FromUnixMicroseconds(commit.RecordedAt.UnixMicroseconds + 1) },
        ["previous seal"] = commit => commit with { PreviousSeal = default },
        ["an entry less"] = commit => commit.WithEntries([.. commit.Entries.SkipLast(1)]),
        ["sequence"] = commit => commit.WithEntries(
            [.. commit.Entries.Select(entry => entry with { Sequence = entry.Sequence.Next, Operation = entry.Operation.Next })]),
        ["kind"] = Change(entry => entry with { Kind = EntryKind.Expiry }),
        ["opening"] = Change(entry => entry with { Opening = new Sequence(2) }),
        ["account"] = commit => commit.WithEntries([.. commit.Entries.SkipLast(1), commit.Entries[^1] with { Account = AccountId.FromTrusted("erin") }]),
        ["payer"] = Change(entry => entry with { Payer = null }),
        ["points"] = Change(entry => entry with { Points = entry.Points + new Points(1) }),
        ["lot points"] = Change(entry => entry with { LotPoints = entry.LotPoints + new Points(1) }),
        ["occurredAt"] = Change(entry => entry with { OccurredAt = null }),
        ["lot"] = Change(entry => entry with { Lot = entry.Lot!.Value.Next }),
        ["expiresAt"] = Change(entry => entry with { ExpiresAt = null }),
        ["operation"] = ChangeAt(^2, entry => entry with { Operation = entry.Sequence }),
        ["previous operation"] = Change(entry => entry with { PreviousOperation = new Sequence(4) }),
        ["no previous operation"] = Change(entry => entry with { PreviousOperation = Sequence.Zero }),
        ["balance before"] = Change(entry => entry with { BalanceBefore = entry.BalanceBefore + new Points(1) }),
        ["points of a further entry"] = ChangeAt(6, entry => entry with { Points = entry.Points + new Points(1) }),
        ["subject"] = Change(entry => entry with { Subject = null }),
        ["key"] = Change(entry => entry with { Origin = entry.Origin! with { Key = IdempotencyKey.FromTrusted("kez") } }),
        ["key hash"] = Change(entry => entry with { Origin = entry.Origin! with { KeyHash = default(Digest) } }),
        ["reference"] = Change(entry => entry with { Origin = entry.Origin! with { Reference = null, Reason = "reference" } }),
        ["reason"] = Change(entry => entry with { Origin = entry.Origin! with { Reason = "" } }),
        ["actor"] = Change(entry => entry with { Origin = entry.Origin! with { Actor = "billinG" } }),
    };

    [Fact]
    public void The_format_never_changes()
    {
        // Journals in production have these seals. journal_format.py computed the value from docs/architecture.md.
        // If this fails, add a new format instead of changing this one.
        Assert.Equal("cd5def44480db34cdb8b03d0e42668abf8a5391a6f39bcfa46b3e63a0a26892c", Example().Seal.ToString());
        Assert.Equal("89448cd4b1289e6717bab13c96d8ee3e8e4d7cf553ef29658df96a7a3602d3e0", ExampleOfTwoBlocks().Seal.ToString());
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void The_seal_covers_every_field(string field)
    {
        Commit example = Example();
        Commit changed = Changes[field](example);
        Assert.True(CommitSeal.Matches(example.ToHeader(), example.Bytes));
        Assert.False(CommitSeal.Matches(changed.ToHeader(), changed.Bytes));
    }

    [Fact]
    public void A_long_commit_is_sealed_completely()
    {
        Entry[] entries = [.. Enumerable.Range(2, 5_000).Select(sequence => Full(sequence))];
        Commit commit = new CommitSealer(Create()).Seal(JournalHead.Empty, 0, Guid.Empty, new CommitTime(Given.Day(1), Given.Day(1)), entries);
        foreach (int index in new[] { 0, 2_500, 4_999 })
        {
            Entry[] changed = [.. entries];
            changed[index] = changed[index] with { Points = Points.Zero };
            Assert.False(CommitSeal.Matches(commit.ToHeader(), commit.WithEntries(changed).Bytes));
        }
    }

    [Fact]
    public void Every_bit_of_a_body_is_sealed()
    {
        foreach (Commit commit in new[] { Example(), ExampleOfTwoBlocks() })
        {
            Assert.True(CommitSeal.Matches(commit.ToHeader(), commit.Bytes));
            for (int bit = 0; bit < commit.Bytes.Body.Length * 8; bit++)
            {
                byte[] changed = commit.Bytes.Body.ToArray();
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(IsSealed(commit, changed));
            }

            Assert.False(IsSealed(commit, commit.Bytes.Body[..^1]));
            Assert.False(IsSealed(commit, (byte[])[.. commit.Bytes.Body.Span, 0]));
        }
    }

    [Fact]
    public void A_later_format_is_rejected()
    {
        NotSupportedException exception = Assert.Throws<NotSupportedException>(() => new CommitSeal().Compute((Example() with { Format = 3 }).ToHeader(), []));
        Assert.Contains("format 3", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_of_a_command_never_changes()
    {
        Assert.Equal("2abedc5d0fa84506e34a09a32bce81835aa317dc864638ab58490a234ba98ce6", CommandHash.Compute(Given.Add(100)).ToString());
        Assert.Equal("f14a9e5acf39e0280e1a4bda9c1414b466f8024f9aea0f5dcb23d6adefcbe6f5", CommandHash.Compute(Given.Spend(100)).ToString());
        Assert.Equal("830daea55da75b31531181bbf2ec2b60c43051700b055b3fbbfcdab29318b19e", CommandHash.Compute(Given.Flush()).ToString());
    }

    [Fact]
    public void Different_commands_have_different_hashes_and_key_and_account_do_not_matter()
    {
        Command[] commands =
        [
            Given.Add(100), Given.Add(101), Given.Add(100, day: 2), Given.Add(100, payer: Given.Unilever), Given.Spend(100), Given.Spend(101), Given.Flush(),
            Given.Flush() with { Origin = new Origin { Reference = "r" } }, Given.Flush() with { Origin = new Origin { Reason = "r" } },
        ];
        Assert.Equal(commands.Length, commands.Select(CommandHash.Compute).Distinct().Count());
        Assert.Equal(CommandHash.Compute(Given.Add(100)), CommandHash.Compute(Given.Add(100, account: Given.Dave).With("k")));
    }

    private static Func<Commit, Commit> Change(Func<Entry, Entry> change) => ChangeAt(0, change);

    private static Func<Commit, Commit> ChangeAt(Index index, Func<Entry, Entry> change) => commit =>
    {
        Entry[] entries = [.. commit.Entries];
        entries[index] = change(entries[index]);
        return commit.WithEntries(entries);
    };

    private static bool IsSealed(Commit commit, ReadOnlyMemory<byte> body) => CommitSeal.Matches(commit.ToHeader(), commit.Bytes with { Body = body });

    /// <summary>The same example as in journal_format.py.</summary>
    internal static Commit Example() => new CommitSealer(Create()).Seal(
        new JournalHead(new Sequence(6), SomeHash, new CommitTime(Given.Day(1), Given.Day(1))), 0, SomeId, SomeTime, [Full(7), .. Spend(), .. Flush(), FlushOfDave()]);

    private static Commit ExampleOfTwoBlocks() => new CommitSealer(Create()).Seal(JournalHead.Empty, 3, SomeId, SomeTime, CommitBodyTests.LongOperation());

    /// <summary>An entry with a value in every field, although no real entry has all of them.</summary>
    private static Entry Full(long sequence) => new()
    {
        Sequence = new Sequence(sequence),
        Kind = EntryKind.Credit,
        Account = Given.Carol,
        Opening = new Sequence(1),
        PreviousOperation = new Sequence(sequence - 2),
        BalanceBefore = new Points(900),
        Payer = PayerName.FromTrusted("MÜLLER"),
        Points = new Points(-5),
        LotPoints = new Points(300),
        OccurredAt = Given.Day(3),
        Lot = new Sequence(3),
        ExpiresAt = Given.Day(4),
        Operation = new Sequence(sequence),
        Subject = new Sequence(1),
        Origin = new Origin
        {
            Key = IdempotencyKey.FromTrusted("key"),
            KeyHash = SomeHash,
            Reference = "reference",
            Reason = "reason",
            Actor = "billing",
        },
    };

    /// <summary>A spend of five payers. Two of them only settle. Another one settles before the first draw.</summary>
    private static Entry[] Spend() =>
    [
        new Entry
        {
            Sequence = new Sequence(8),
            Kind = EntryKind.Spend,
            Account = Given.Carol,
            Opening = new Sequence(1),
            PreviousOperation = new Sequence(7),
            BalanceBefore = new Points(895),
            ExpiresAt = Given.Day(6),
            Operation = new Sequence(8),
        },
        EntryOfCarol(9, 8, EntryKind.Settlement, "UNILEVER", 0, -200, 1),
        EntryOfCarol(10, 8, EntryKind.Settlement, "DANNON", 0, -50, 2),
        EntryOfCarol(11, 8, EntryKind.Draw, "MÜLLER", -100, -100, 3) with { ExpiresAt = Given.Day(4) },
        EntryOfCarol(12, 8, EntryKind.Settlement, "ACME", 0, -7, 4),
        EntryOfCarol(13, 8, EntryKind.Draw, "DANNON", -250, -250, 4),
        EntryOfCarol(14, 8, EntryKind.Draw, "MILLER COORS", -25, -25, 5),
        EntryOfCarol(15, 8, EntryKind.Draw, "MÜLLER", -20, -20, 6),
    ];

    /// <summary>A flush. One payer has lots, one has a lot that only pays deductions, and two have none.</summary>
    private static Entry[] Flush() =>
    [
        EntryOfCarol(16, 16, EntryKind.Flush, "MÜLLER", -450, -500, 3) with
        {
            PreviousOperation = new Sequence(8), BalanceBefore = new Points(500), ExpiresAt = Given.Day(4),
        },
        EntryOfCarol(17, 16, EntryKind.Flush, "MÜLLER", -50, -50, 6),
        EntryOfCarol(18, 16, EntryKind.Flush, "DANNON", 0, -30, 2),
        EntryOfCarol(19, 16, EntryKind.Flush, "UNILEVER", 0, 0, 1) with { OccurredAt = null, Lot = null },
        EntryOfCarol(20, 16, EntryKind.Flush, "ACME", 0, 0, 1) with { OccurredAt = null, Lot = null },
    ];

    private static Entry FlushOfDave() => new()
    {
        Sequence = new Sequence(21),
        Kind = EntryKind.Flush,
        Account = Given.Dave,
        Operation = new Sequence(21),
        Origin = new Origin { Actor = "billing", Reason = "bye" },
    };

    private static Entry EntryOfCarol(long sequence, long operation, EntryKind kind, string payer, long points, long lotPoints, int lot) => new()
    {
        Sequence = new Sequence(sequence),
        Kind = kind,
        Account = Given.Carol,
        Opening = new Sequence(1),
        Payer = PayerName.FromTrusted(payer),
        Points = new Points(points),
        LotPoints = new Points(lotPoints),
        OccurredAt = Given.Day(lot),
        Lot = new Sequence(lot),
        Operation = new Sequence(operation),
    };
}

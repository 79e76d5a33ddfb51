using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using static Pointbook.StorageContract.Support.Forged;
using static Pointbook.StorageContract.Support.TestSalts;

namespace Pointbook.Engine.Tests.Journal;

public sealed class SealTests
{
    private static readonly Digest SomeHash = new([.. Enumerable.Range(1, 32).Select(value => (byte)value)]);

    public static TheoryData<string> Fields => [.. Changes.Keys];

    private static Dictionary<string, Func<Commit, Commit>> Changes { get; } = new()
    {
        ["partition"] = commit => commit with { Partition = 1 },
        ["id"] = commit => commit with { Id = Guid.Empty },
        ["decidedAt"] = commit => commit with { DecidedAt = Instant.FromUnixMicroseconds(commit.DecidedAt.UnixMicroseconds + 1) },
        ["recordedAt"] = commit => commit with { RecordedAt = Instant.FromUnixMicroseconds(commit.RecordedAt.UnixMicroseconds + 1) },
        ["previous seal"] = commit => commit with { PreviousSeal = default },
        ["an entry less"] = commit => commit.WithEntries([.. commit.Entries.SkipLast(1)]),
        ["sequence"] = commit => commit.WithEntries([.. commit.Entries.Select(entry => entry with { Sequence = entry.Sequence.Next })]),
        ["kind"] = Change(entry => entry with { Kind = EntryKind.Expiry }),
        ["opening"] = Change(entry => entry with { Opening = new Sequence(2) }),
        ["account"] = commit => commit.WithEntries([.. commit.Entries.SkipLast(1), commit.Entries[^1] with { Account = AccountId.FromTrusted("erin") }]),
        ["payer"] = Change(entry => entry with { Payer = null }),
        ["points"] = Change(entry => entry with { Points = entry.Points + new Points(1) }),
        ["lot points"] = Change(entry => entry with { LotPoints = entry.LotPoints + new Points(1) }),
        ["occurredAt"] = Change(entry => entry with { OccurredAt = null }),
        ["lot"] = Change(entry => entry with { Lot = entry.Lot!.Value.Next }),
        ["expiresAt"] = Change(entry => entry with { ExpiresAt = null }),
        ["operation"] = Change(entry => entry with { Operation = entry.Operation.Next }),
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
        // Journals in the field are sealed like this. journal_format.py computed the value from docs/architecture.md.
        // If this fails, add a new format instead of changing this one.
        Assert.Equal("08b6f437f7b49b4ffe59ec6fd4af83014e370fbb45e8e85c395a0d52ae1c48b4", Example().Seal.ToString());
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void The_seal_depends_on(string field)
    {
        Commit example = Example();
        Assert.NotEqual(example.Seal, new CommitSeal().Compute(Changes[field](example)));
    }

    [Fact]
    public void A_long_commit_is_sealed_as_a_whole()
    {
        Entry[] entries = [.. Enumerable.Range(2, 5_000).Select(sequence => Full(sequence))];
        Commit commit = new CommitSealer(Create()).Seal(JournalHead.Empty, 0, Guid.Empty, new CommitTime(Given.Day(1), Given.Day(1)), entries);
        foreach (int index in new[] { 0, 2_500, 4_999 })
        {
            Entry[] changed = [.. entries];
            changed[index] = changed[index] with { Points = Points.Zero };
            Assert.NotEqual(commit.Seal, new CommitSeal().Compute(commit.WithEntries(changed)));
        }
    }

    [Fact]
    public void A_format_of_a_later_version_is_not_guessed()
    {
        NotSupportedException exception = Assert.Throws<NotSupportedException>(() => new CommitSeal().Compute(Example() with { Format = 3 }));
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
    public void Commands_that_differ_have_different_hashes_and_key_and_account_do_not_count()
    {
        Command[] commands =
        [
            Given.Add(100), Given.Add(101), Given.Add(100, day: 2), Given.Add(100, payer: Given.Unilever), Given.Spend(100), Given.Spend(101), Given.Flush(),
            Given.Flush() with { Origin = new Origin { Reference = "r" } }, Given.Flush() with { Origin = new Origin { Reason = "r" } },
        ];
        Assert.Equal(commands.Length, commands.Select(CommandHash.Compute).Distinct().Count());
        Assert.Equal(CommandHash.Compute(Given.Add(100)), CommandHash.Compute(Given.Add(100, account: Given.Dave).With("k")));
    }

    private static Func<Commit, Commit> Change(Func<Entry, Entry> change) => commit => commit.WithEntries([change(commit.Entries[0]), .. commit.Entries.Skip(1)]);

    internal static Commit Example() => new CommitSealer(Create()).Seal(
        new JournalHead(new Sequence(6), SomeHash, new CommitTime(Given.Day(1), Given.Day(1))),
        0,
        new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        new CommitTime(Given.Day(2), Given.Day(5)),
        [
            Full(7),
            new Entry { Sequence = new Sequence(8), Kind = EntryKind.Spend, Account = Given.Carol, Opening = new Sequence(1), Operation = new Sequence(8) },
            new Entry
            {
                Sequence = new Sequence(9),
                Kind = EntryKind.Flush,
                Account = Given.Dave,
                Operation = new Sequence(9),
                Origin = new Origin { Actor = "billing", Reason = "bye" },
            },
        ]);

    private static Entry Full(long sequence) => new()
    {
        Sequence = new Sequence(sequence),
        Kind = EntryKind.Credit,
        Account = Given.Carol,
        Opening = new Sequence(1),
        Payer = PayerName.FromTrusted("MÜLLER"),
        Points = new Points(-5),
        LotPoints = new Points(300),
        OccurredAt = Given.Day(3),
        Lot = new Sequence(3),
        ExpiresAt = Given.Day(4),
        Operation = new Sequence(2),
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
}

using CsCheck;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;
using Given = Pointbook.Engine.Tests.Support.Given;

namespace Pointbook.Engine.Tests.Journal;

/// <summary>Which texts of a commit an erasure of an account removes.</summary>
public sealed class TextErasureTests
{
    private static readonly Digest SomeHash = new([.. Enumerable.Range(1, 32).Select(value => (byte)value)]);

    private static readonly AccountErasure Erin = new(new Sequence(31), new Sequence(33));

    [Fact]
    public void The_documented_example_is_erased_like_an_independent_program_erases_it()
    {
        // journal_format.py computed the values from docs/architecture.md.
        Commit commit = Seal();
        Assert.Equal(
            "a903ac026b62e5744e6247dff6ba84590dfe8e9e48f5db5e6e5eed0780ae1f34d95d6873010644414e4e4f4e020004f0815f4cb5f78ce6c0682f331b40d7e957"
            + "330f26cc7aa407428cdb0a300506c40004f095b5c2a0e3ee53da2adc86c3ae3bef0978541d9a8087bca98e61b49f12d5bf020007167c3253a7f286f7c56b9cf0"
            + "6ece2318cf5baaad290cc78370b2ccab579a50f00007e4f52f110955b675d3ff561c3388ab967579950214156bfdb2b9094be457a836812700000a80808dfd9b"
            + "c7cd05000000000f23b84589b49c9662bf394bf45f10625d3e456e35ce13ce9d81554a7cfb1b94125309a2b83b78073cc779254dc62c8cf28d0637e78a456717"
            + "6e9738a8730bf9b101b0063bfb6841d33b8bb251350bb92b6affc3b2f55f639694f6200860212982b378c100ca0700090002010500cc20000100000f2452eb62"
            + "b08bd412d075be269f592fc3559846dbf0bb20b3d2323870a636fd1a6e06ca9472b4aebaf32aa3365acebac8e96eb1c10799b8880a36b652b2e7bb2b145f0524"
            + "f4adab94f02e8d030f19bd34c4614282338251b710fd481e3e93361c23b01f01812701000a00000000000a05cbaca39c4d0a5eedffbc5a0d833a29dcf4e65a3b"
            + "91d39617d68ab1edad6804f500",
            Convert.ToHexStringLower(commit.Bytes.Body.Span));
        Assert.Equal(
            "000000000000000000000000000000006572696e0101010101010101010101010101010166696e6e0202020202020202020202020202020262696c6c696e6703"
            + "030303030303030303030303030303737570706f7274040404040404040404040404040404040102030405060708090a0b0c0d0e0f101112131415161718191a"
            + "1b1c1d1e1f206b6579050505050505050505050505050505057265666572656e636506060606060606060606060606060606726561736f6e0707070707070707"
            + "07070707070707070102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20676f6e65080808080808080808080808080808087469636b"
            + "65740909090909090909090909090909090961736b65640a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a6f74686572",
            Convert.ToHexStringLower(commit.Bytes.Texts.Span));
        TextErasure found = TextErasure.Find(commit.ToHeader(), commit.Bytes, Erin);
        Assert.Equal((true, Sequence.Zero), (found.IsNeeded, found.PreviousOperation));
        Assert.Equal(
            "00000000000000000000000000000000000000000101010101010101010101010101010166696e6e0202020202020202020202020202020262696c6c696e6703"
            + "030303030303030303030303030303737570706f7274000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000080808080808080808080808080808087469636b"
            + "65740909090909090909090909090909090961736b65640a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a6f74686572",
            Convert.ToHexStringLower(found.ToTexts()));
    }

    [Fact]
    public void An_erased_commit_matches_its_seal_and_contains_no_names()
    {
        Commit commit = Seal();
        Commit erased = Erase(commit);
        Assert.True(CommitSeal.Matches(erased.ToHeader(), erased.Bytes));
        Assert.Equal(
            ["~erased-31", "~erased-31", "~erased-31", "finn"],
            erased.Entries.Select(entry => entry.Account.Value));
        Assert.Equal(new Origin { Actor = "billing" }, erased.Entries[0].Origin);
        Assert.Equal(new Origin { Reference = "ticket", Reason = "asked", Actor = "support" }, erased.Entries[2].Origin);
        Assert.Equal(commit.Entries[3], erased.Entries[3]);
        Assert.False(TextErasure.Find(erased.ToHeader(), erased.Bytes, Erin).IsNeeded);
    }

    [Fact]
    public void The_erasure_of_another_account_changes_other_texts()
    {
        Commit commit = Seal();
        TextErasure found = TextErasure.Find(commit.ToHeader(), commit.Bytes, new AccountErasure(new Sequence(34), new Sequence(40)));
        Commit other = Commit.FromStored(commit.ToHeader(), commit.Bytes with { Texts = found.ToTexts() }, new NameScope());
        Assert.Equal(commit.Entries.Take(3), other.Entries.Take(3));
        Assert.Equal(AccountId.Erased(new Sequence(34)), other.Entries[3].Account);
    }

    [Fact]
    public void A_commit_without_an_entry_of_the_account_is_rejected() => Assert.Contains(
        "no operation of the account that entry 30 opened",
        Assert.Throws<InvalidRowException>(() => TextErasure.Find(Seal().ToHeader(), Seal().Bytes, new AccountErasure(new Sequence(30), new Sequence(33)))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_altered_commit_is_not_erased()
    {
        Commit commit = Seal();
        byte[] body = commit.Bytes.Body.ToArray();
        body[^1] ^= 1;
        Assert.Throws<InvalidRowException>(() => TextErasure.Find(commit.ToHeader(), commit.Bytes with { Body = body }, Erin));
    }

    [Fact]
    public void A_partly_erased_text_is_damage()
    {
        Commit commit = Seal();
        byte[] erased = TextErasure.Find(commit.ToHeader(), commit.Bytes, Erin).ToTexts();
        byte[] texts = commit.Bytes.Texts.ToArray();
        for (int at = 0; at < texts.Length; at++)
        {
            if (erased[at] == texts[at])
            {
                continue;
            }

            byte[] half = [.. texts];
            half[at] = 0;
            Assert.Throws<InvalidRowException>(() => Commit.FromStored(commit.ToHeader(), commit.Bytes with { Texts = half }, new NameScope()));
        }
    }

    [Fact]
    public void A_reader_that_still_knows_the_key_detects_an_erased_text()
    {
        CommitSealer sealer = new(TestSalts.Create());
        Commit first = Seal();
        Commit second = sealer.Seal(first.ToHead(), 0, Guid.NewGuid(), new CommitTime(Given.Day(4), Given.Day(6)),
            [Credit(35, account: "erin") with { Opening = new Sequence(31), PreviousOperation = new Sequence(32), Origin = new Origin { Reference = "r" } }]);
        byte[] texts = TextErasure.Find(second.ToHeader(), second.Bytes, Erin).ToTexts();
        NameScope names = new();
        names.Add(new Sequence(31), new Introduction(AccountId.FromTrusted("erin"), null));
        ErasedTextException found = Assert.Throws<ErasedTextException>(() => Commit.FromStored(second.ToHeader(), second.Bytes with { Texts = texts }, names));
        Assert.Equal(new Sequence(31), found.Opening);

        NameScope erased = new();
        erased.Add(new Sequence(31), new Introduction(AccountId.Erased(new Sequence(31)), null));
        Assert.Null(Assert.Single(Commit.FromStored(second.ToHeader(), second.Bytes with { Texts = texts }, erased).Entries).Origin);
    }

    [Fact]
    public void Random_bytes_are_rejected_or_keep_the_length_of_the_texts() => Gen.Select(Gen.Int[0, 10_000], Gen.Byte, Gen.Bool).Sample((place, value, inBody) =>
    {
        Commit commit = Seal();
        byte[] body = commit.Bytes.Body.ToArray();
        byte[] texts = commit.Bytes.Texts.ToArray();
        (inBody ? body : texts)[place % (inBody ? body : texts).Length] = value;
        CommitBytes bytes = new(body, texts);
        try
        {
            Assert.Equal(texts.Length, TextErasure.Find(commit.ToHeader(), bytes, Erin).ToTexts().Length);
        }
        catch (InvalidRowException)
        {
        }
    }, iter: 2_000);

    private static Entry Credit(long sequence, string account) => new()
    {
        Sequence = new Sequence(sequence),
        Kind = EntryKind.Credit,
        Account = AccountId.FromTrusted(account),
        Payer = Given.Dannon,
        Points = new Points(5),
        LotPoints = new Points(5),
        OccurredAt = Given.Day(1),
        Lot = new Sequence(sequence),
        Operation = new Sequence(sequence),
    };

    private static Commit Erase(Commit commit) => Commit.FromStored(
        commit.ToHeader(), commit.Bytes with { Texts = TextErasure.Find(commit.ToHeader(), commit.Bytes, Erin).ToTexts() }, new NameScope());

    private static Commit Seal() => new CommitSealer(TestSalts.Create()).Seal(
        new JournalHead(new Sequence(30), SomeHash, new CommitTime(Given.Day(1), Given.Day(1))),
        0,
        new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        new CommitTime(Given.Day(2), Given.Day(5)),
        Example());

    private static Entry[] Example() =>
    [
        Credit(31, account: "erin") with
        {
            Origin = new Origin { Key = IdempotencyKey.FromTrusted("key"), KeyHash = SomeHash, Reference = "reference", Reason = "reason", Actor = "billing" },
        },
        Credit(32, account: "erin") with
        {
            Kind = EntryKind.Flush, Opening = new Sequence(31), PreviousOperation = new Sequence(31), BalanceBefore = new Points(5),
            Points = new Points(-5), LotPoints = new Points(-5), Lot = new Sequence(31),
        },
        new Entry
        {
            Sequence = new Sequence(33), Kind = EntryKind.Erasure, Account = AccountId.FromTrusted("erin"), Opening = new Sequence(31),
            PreviousOperation = new Sequence(32), Operation = new Sequence(33),
            Origin = new Origin { Key = IdempotencyKey.FromTrusted("gone"), KeyHash = SomeHash, Reference = "ticket", Reason = "asked", Actor = "support" },
        },
        Credit(34, account: "finn") with { Origin = new Origin { Reference = "other", Actor = "billing" } },
    ];
}

// Long because: the constants of one example serve all tests of the format.
using System.Security.Cryptography;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The auditor reads the format as docs/architecture.md describes it, and rejects every other form of the same entries.</summary>
public sealed class BodyDecoderTests
{
    private const long Day = 86_400_000_000;
    private const long Start = 1_577_836_800_000_000;

    // The example of journal_format.py: entries 7 to 21. Entry 1 opens the account carol.
    private const string ExampleIndex = "c703a001" + "baeb3e51373e3b36ee4339d59eeb83f13619462e5440e6fcd74fd300adc03d86";
    private const string ExampleBlock =
        "05074dc39c4c4c45520644414e4e4f4e0c4d494c4c455220434f4f525308554e494c455645520441434d45020600042284b60e202e2bf964337e3bfe559b518111f9"
        + "b850a08bf00b0c2b3b358ec6a701000705752615311885cde735962de96c8bc786c455b3add4d7b40a1972698740983181ff000009d804808083b8a3d1cd05088080"
        + "bbdd8305028407000c0f2396a7a06a5dad2ddc1671579faf98cfdf6e090f4eff4ef03c9cf7a2021a0bd79709296544f0da3eacdc885101c200c0322a3dda6b3b7cc9"
        + "72b7f612c410039d391106e0dd95cd0a3d5a851e46817d575c83e40de2c5cfcc9420a2f8d6b29787c9e3f400c308008080b4d0aee0cd0501ff06070500ef0102f303"
        + "043107094587038f03fffff5ba870a10458701638080bbdd830510440f00c7018080bbdd8305108080bbdd83054587040d8080bbdd830510440701f3030012440702"
        + "318080bbdd830512440700278080bbdd830512cacf008307e707ffffb0988b0f1a8080bbdd830508f403040400e7070200060008004a0700638080b1988b0f164a87"
        + "013bffffebf58e14204a0103004a0104008a2001000000000c03d6b013b903bdbc838f6cca4f6fa6d9201396e23881c5fb901474c75149cde0a500";
    private const string ExampleTexts =
        "00000000000000000000000000000000646176650101010101010101010101010101010162696c6c696e670202020202020202020202020202020201020304050607"
        + "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f206b6579030303030303030303030303030303037265666572656e636504040404040404040404040404"
        + "040404726561736f6e05050505050505050505050505050505627965";

    // Texts with their salts, and their digests. The last one is not UTF-8.
    private const string SaltZero = "00000000000000000000000000000000";
    private const string SaltOne = "01010101010101010101010101010101";
    private const string A = SaltZero + "61";
    private const string DigestOfA = "01" + "9c6bd5cc05acbe7cb4ab71165168ff3d8c38dfb291f80bb7d0d7f48116bf8891";
    private const string OtherA = SaltOne + "61";
    private const string DigestOfOtherA = "01" + "8b595430a7548668d109e8b0c8e00cbc17ef110e073a524b07438bcb9f027fb1";
    private const string B = SaltOne + "62";
    private const string DigestOfB = "01" + "80e7674912c5192f2308441cfeccc6a0943f9a9daf4fc1774fa87e039015a749";
    private const string Binary = SaltZero + "ff";
    private const string DigestOfBinary = "01" + "61ced42c9d8e5be221529def62d62c7572fecdad7a328f04ec37d6389c333658";

    // A draw of five points of the first payer of a block. The lot is not included.
    private const string Draw = "4401" + "0009";

    // The payer "p", the account "a", no actor, and a credit of 5 that opens lot 1 at 1970-01-01T00:00:00.000001Z.
    private const string Payers = "010170";
    private const string Accounts = "0100" + DigestOfA;
    private const string Actors = "00";
    private const string Credit = "8107" + "00000a0200" + Head;

    // No previous operation, no points before, no further entry.
    private const string Head = "000000";

    // Another operation of the same account, directly after one with a single entry.
    private const string Capture = "c60000" + NextHead;
    private const string NextHead = "010500";

    private static readonly JournalRow CreditOfA = new(1, "credit", "a", "p", 5, 5, 1, 1, null, 1, null, null, null) { Opening = 1, TextsLeft = 1 };

    // A text of zeros in place of any text of one character, such as those above.
    private const string Gone = SaltZero + "00";

    // An erasure of the account as entry 2, with a reference.
    private const string Erasure = "cc20" + "00" + NextHead + "02";

    private static readonly JournalRow[] Example =
    [
        EntryOfCarol(7, 7, "credit", "MÜLLER", -5, 300, 3) with
        {
            PreviousOperation = 5, BalanceBefore = 900, ExpiresAt = Start + (4 * Day), Subject = 1, Key = "key", HasKey = true, Reference = "reference", Reason = "reason", Actor = "billing",
            TextsLeft = 3,
        },
        new(8, "spend", "carol", null, 0, 0, null, null, Start + (6 * Day), 8, null, null, null) { Opening = 1, PreviousOperation = 7, BalanceBefore = 895 },
        EntryOfCarol(9, 8, "settlement", "UNILEVER", 0, -200, 1),
        EntryOfCarol(10, 8, "settlement", "DANNON", 0, -50, 2),
        EntryOfCarol(11, 8, "draw", "MÜLLER", -100, -100, 3) with { ExpiresAt = Start + (4 * Day) },
        EntryOfCarol(12, 8, "settlement", "ACME", 0, -7, 4),
        EntryOfCarol(13, 8, "draw", "DANNON", -250, -250, 4),
        EntryOfCarol(14, 8, "draw", "MILLER COORS", -25, -25, 5),
        EntryOfCarol(15, 8, "draw", "MÜLLER", -20, -20, 6),
        EntryOfCarol(16, 16, "flush", "MÜLLER", -450, -500, 3) with { PreviousOperation = 8, BalanceBefore = 500, ExpiresAt = Start + (4 * Day) },
        EntryOfCarol(17, 16, "flush", "MÜLLER", -50, -50, 6),
        EntryOfCarol(18, 16, "flush", "DANNON", 0, -30, 2),
        new(19, "flush", "carol", "UNILEVER", 0, 0, null, null, null, 16, null, null, null) { Opening = 1 },
        new(20, "flush", "carol", "ACME", 0, 0, null, null, null, 16, null, null, null) { Opening = 1 },
        new(21, "flush", "dave", null, 0, 0, null, null, null, 21, null, null, null) { Opening = 21, Reason = "bye", Actor = "billing", TextsLeft = 2 },
    ];

    [Fact]
    public void Entries_with_all_fields_and_with_none_are_decoded()
    {
        AuditedNames names = NamesBeforeExample();
        List<JournalRow> rows = BodyDecoder.Decode(Commit(7, 15, ExampleIndex + ExampleBlock, ExampleTexts), names);
        Assert.Equal(Example, WithoutHashes(rows));
        Assert.Equal(Enumerable.Range(1, 32).Select(number => (byte)number), rows[0].KeyHash);
        Assert.Equal(("dave", "billing"), (names.Accounts.Find(21), names.Actors.Find(7)));
    }

    [Fact]
    public void A_credit_is_decoded() => Assert.Equal([CreditOfA], DecodeBlock(count: 1, Payers + Accounts + Actors + Credit, A));

    [Fact]
    public void Any_flipped_bit_is_rejected()
    {
        byte[] body = Convert.FromHexString(ExampleIndex + ExampleBlock);
        byte[] texts = Convert.FromHexString(ExampleTexts);
        Assert.All(Enumerable.Range(0, body.Length * 8), bit => Assert.True(IsRefused(WithChange(body, bit), texts)));
        Assert.All(Enumerable.Range(0, texts.Length * 8), bit => Assert.True(IsRefused(body, WithChange(texts, bit))));
    }

    [Fact]
    public void With_a_matching_index_any_flipped_bit_of_a_block_is_rejected_or_decodes_differently()
    {
        byte[] block = Convert.FromHexString(ExampleBlock);
        byte[] texts = Convert.FromHexString(ExampleTexts);
        int refused = Enumerable.Range(0, block.Length * 8).Count(bit => IsRefused(WithIndex(WithChange(block, bit), texts), texts));
        Assert.InRange(refused, block.Length * 5, (block.Length * 8) - 1);
    }

    [Fact]
    public void Missing_or_extra_bytes_at_the_end_are_rejected()
    {
        byte[] block = Convert.FromHexString(ExampleBlock);
        byte[] body = Convert.FromHexString(ExampleIndex + ExampleBlock);
        byte[] texts = Convert.FromHexString(ExampleTexts);
        Assert.All(Enumerable.Range(0, body.Length), length => Assert.True(IsRefused(body[..length], texts)));
        Assert.All(Enumerable.Range(0, block.Length), length => Assert.True(IsRefused(WithIndex(block[..length], texts), texts)));
        Assert.All(Enumerable.Range(0, texts.Length), length => Assert.True(IsRefused(body, texts[..length])));
        Assert.All(Enumerable.Range(0, texts.Length), length => Assert.True(IsRefused(WithIndex(block, texts[..length]), texts[..length])));
        Assert.True(IsRefused([.. body, 0], texts));
        Assert.True(IsRefused(WithIndex([.. block, 0], texts), texts));
        Assert.True(IsRefused(body, [.. texts, 0]));
    }

    [Theory]
    [InlineData(Payers + Accounts + Actors + Credit + "00", A, "continues after the last entry")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00000a02", A, "ends too early")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00008a000200" + Head, A, "not in its shortest form")]
    [InlineData(Payers + Accounts + Actors + "8107" + "0000ffffffffffffffffff020200" + Head, A, "more than 64 bits")]
    [InlineData("0201700170" + Accounts + Actors + Credit, A, "has a name twice")]
    [InlineData("0201700171" + Accounts + Actors + Credit, A, "has a name that no entry uses")]
    [InlineData("0101ff" + Accounts + Actors + Credit, A, "not UTF-8")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00010a0200" + Head, A, "has a name in the wrong place")]
    [InlineData(Payers + Accounts + Actors + "8107" + "01000a0200" + Head, A, "has a name in the wrong place")]
    [InlineData(Payers + Accounts + Actors + "8127" + "00000a0200" + Head + "0800", A, "has a name in the wrong place")]
    [InlineData(Payers + "0200" + DigestOfA + "00" + DigestOfOtherA + Actors + Credit, A + OtherA, "has a name that no entry uses")]
    [InlineData(Payers + Accounts + "0200" + DigestOfB + "00" + DigestOfB + Credit, A + B + B, "has a name twice")]
    [InlineData(Payers + "0200" + DigestOfA + "00" + DigestOfB + Actors + Credit, A + B, "has a name that no entry uses")]
    [InlineData(Payers + "0100" + DigestOfBinary + Actors + Credit, Binary, "not UTF-8")]
    [InlineData(Payers + "0101" + Actors + Credit, "", "refers to a name that no entry introduced 1 entries before the block")]
    [InlineData(Payers + "01ffffffffffffffffff01" + Actors + Credit, "", "refers to a name that no entry introduced")]
    [InlineData(Payers + Accounts + "0100" + DigestOfB + Credit, A + B, "has a name that no entry uses")]
    [InlineData(Payers + Accounts + "0101" + Credit, A, "refers to a name that no entry introduced 1 entries before the block")]
    [InlineData(Payers + Accounts + Actors + Credit, OtherA, "has a digest that does not match its text")]
    [InlineData(Payers + Accounts + Actors + Credit, SaltZero, "ends too early")]
    [InlineData(Payers + Accounts + Actors + Credit, A + "00", "has a text without a digest")]
    [InlineData(Payers + Accounts + Actors + "8d07" + "00000a0200" + Head, A, "has an entry of kind 13")]
    [InlineData(Payers + Accounts + Actors + "8007" + "00000a0200" + Head, A, "has an entry of kind 0")]
    [InlineData(Payers + Accounts + Actors + "c107" + "000a0200" + Head, A, "has an entry without its account")]
    [InlineData(Payers + Accounts + Actors + "0107" + "00000a020000", A, "belongs to no operation")]
    [InlineData(Payers + Accounts + Actors + "81c7" + "00000a0a0200" + Head, A, "has two amounts where one is enough")]
    [InlineData(Payers + Accounts + Actors + "8147" + "0000000200" + Head, A, "has an amount in the wrong form")]
    [InlineData(Payers + Accounts + Actors + "8127" + "00000a0200" + Head + "00", A, "has an origin with unknown parts")]
    [InlineData(Payers + Accounts + Actors + "8127" + "00000a0200" + Head + "10", A, "has an origin with unknown parts")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00000a0200" + "0000", A, "ends too early")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00000a0200" + "010000", A, "has a previous operation before the first entry")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00000a0200" + "00ffffffffffffffffff0100", A, "has a balance of more than 63 bits")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00000a0200" + "00000101000a", A, "begins an operation with 0 further entries")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00000a0200" + "00000101020a", A, "has a name in the wrong place")]
    public void Another_encoding_of_the_same_content_is_rejected(string block, string texts, string fault) => AssertRefused(fault, () => DecodeBlock(count: 1, block, texts));

    [Theory]
    [InlineData("8103" + "0000" + NextHead)]
    [InlineData("8300" + "0000" + NextHead)]
    public void An_account_that_is_named_twice_is_rejected(string second) =>
        AssertRefused("names it twice", () => DecodeBlock(count: 2, Payers + Accounts + Actors + Credit + second, A));

    [Theory]
    [InlineData("00000101" + "0009", Draw, null)]
    [InlineData("000000", Draw, "begins an operation with 1 further entries")]
    [InlineData("00000201" + "0009", Draw, "begins an operation with 1 further entries")]
    [InlineData("00000100", Draw, "begins an operation with 1 further entries")]
    [InlineData("00000102" + "00090009", Draw, "begins an operation with 1 further entries")]
    [InlineData("00000101" + "0007", Draw, "begins an operation with 1 further entries")]
    [InlineData("00000101" + "01", Draw, "begins an operation with 1 further entries")]
    [InlineData("00000101" + "0000", "4581" + "0009", "begins an operation with 1 further entries")]
    [InlineData("00000101" + "01", "4581" + "0009", null)]
    [InlineData("00000101" + "0009", "c401" + "0009" + NextHead, "begins an operation with 0 further entries")]
    public void An_operation_must_match_its_head(string head, string draw, string? fault)
    {
        string block = Payers + Accounts + Actors + "8300" + "0000" + head + draw;
        if (fault is null)
        {
            Assert.Equal([1, 1], DecodeBlock(count: 2, block, A).Select(row => row.Operation));
        }
        else
        {
            AssertRefused(fault, () => DecodeBlock(count: 2, block, A));
        }
    }

    [Theory]
    [InlineData("01700171", "00090209", "44010009" + "44010109", null)]
    [InlineData("01710170", "00090209", "44010109" + "44010009", "p: -5, q: -5")]
    [InlineData("01710170", "000903", "45810109" + "44010009", null)]
    [InlineData("01700171", "010209", "45810009" + "44010109", "q: -5, p")]
    [InlineData("01700171", "0103", "45810009" + "45810109", null)]
    [InlineData("01710170", "0103", "45810109" + "45810009", "p, q")]
    public void Sums_must_be_in_order(string payers, string sums, string draws, string? expected)
    {
        string block = "02" + payers + Accounts + Actors + "8300" + "0000" + "00000202" + sums + draws;
        if (expected is null)
        {
            Assert.Equal(3, DecodeBlock(count: 3, block, A).Count);
        }
        else
        {
            AssertRefused($"begins an operation with 2 further entries and the sums {expected}, and its head has", () => DecodeBlock(count: 3, block, A));
        }
    }

    [Fact]
    public void An_operation_must_have_one_account() => AssertRefused(
        "belongs to no operation of its account",
        () => DecodeBlock(count: 2, Payers + "0200" + DigestOfA + "00" + DigestOfB + Actors + "8300" + "0000" + "000001010009" + "0401" + "010009", A + B));

    [Theory]
    [InlineData("fe03", null)]
    [InlineData("fc03", "begins within another operation")]
    [InlineData("00", "begins within another operation")]
    [InlineData("", "ends too early")]
    public void A_block_can_begin_inside_an_operation(string operation, string? fault)
    {
        // Entry 2 is a spend with 255 draws, and the last draw is in the second block.
        string first = Payers + Accounts + Actors + Credit + "c300" + "00" + "0105" + "ff01" + "01" + "00fd03" + Repeat("4401" + "0001", 254);
        string second = Payers + "018002" + Actors + "0401" + "000001" + operation;
        CommitRow commit = Commit(1, 257, Index(first, A) + Index(second, "") + first + second, A);
        if (fault is null)
        {
            Assert.Equal(2, BodyDecoder.Decode(commit, new AuditedNames())[256].Operation);
        }
        else
        {
            AssertRefused(fault, () => BodyDecoder.Decode(commit, new AuditedNames()));
        }
    }

    [Fact]
    public void An_index_that_does_not_match_the_blocks_is_rejected()
    {
        const string block = Payers + Accounts + Actors + Credit;
        string digest = DigestOf(block);
        Assert.Equal("3111" + digest, Index(block, A));
        AssertRefused("continues after the last entry", () => Decode("3211" + DigestOf(block + "00") + block + "00", A));
        AssertRefused("another digest than in the index", () => Decode("3011" + digest + block, A));
        AssertRefused("another digest than in the index", () => Decode("3111" + DigestOf(block + "00") + block, A));
        AssertRefused("ends too early", () => Decode("3211" + digest + block, A));
        AssertRefused("has a number that is too large", () => Decode("7f11" + digest + block, A));
        AssertRefused("continue after the last one", () => Decode("3111" + digest + block + "00", A));
        AssertRefused("ends too early", () => Decode("3110" + digest + block, A));
        AssertRefused("has a number that is too large", () => Decode("3112" + digest + block, A));
        AssertRefused("continue after those of the last block", () => Decode("3111" + digest + block, A + "00"));
        AssertRefused("ends too early", () => Decode("0011" + digest[..^2], A));

        static void Decode(string body, string texts) => BodyDecoder.Decode(Commit(1, 1, body, texts), new AuditedNames());
    }

    [Fact]
    public void A_seal_covers_the_header_and_the_index()
    {
        // The example of SealTests, and the seal that journal_format.py printed for it.
        CommitRow commit = Commit(7, 15, ExampleIndex + ExampleBlock, ExampleTexts) with
        {
            Id = Convert.FromHexString("00112233445566778899aabbccddeeff"),
            DecidedAt = Start + (2 * Day),
            RecordedAt = Start + (5 * Day),
            PreviousSeal = [.. Enumerable.Range(1, 32).Select(number => (byte)number)],
        };
        Assert.Equal("cd5def44480db34cdb8b03d0e42668abf8a5391a6f39bcfa46b3e63a0a26892c", Convert.ToHexStringLower(commit.ComputeSeal(partition: 0)));
    }

    [Fact]
    public void A_block_can_refer_to_names_of_earlier_blocks()
    {
        // Entry 1 opens the account and introduces the actor "b". Entry 257 refers to both.
        string first = Payers + Accounts + "0100" + DigestOfB + "8127" + "00000a0200" + Head + "0800" + Repeat(Capture, 255);
        const string second = "00" + "018002" + "018002" + "8620" + "0000" + NextHead + "0800";
        List<JournalRow> rows = BodyDecoder.Decode(
            Commit(1, 257, Index(first, A + B) + Index(second, "") + first + second, A + B), new AuditedNames());
        Assert.Equal(257, rows.Count);
        Assert.All(rows, row => Assert.Equal("a", row.Account));
        Assert.Equal(["b", "b"], rows.Where(row => row.Actor is not null).Select(row => row.Actor));
        Assert.Equal("b", rows[256].Actor);
        Assert.Equal((256, 5), (rows[256].PreviousOperation, rows[256].BalanceBefore));
    }

    [Fact]
    public void A_commit_can_refer_to_names_of_earlier_commits()
    {
        const string next = "00" + "0101" + "00" + "8600" + "0000" + NextHead;
        AuditedNames names = new();
        DecodeBlock(names, first: 1, count: 1, Payers + Accounts + Actors + Credit, A);
        Assert.Equal("a", Assert.Single(DecodeBlock(names, first: 2, count: 1, next, "")).Account);
        AssertRefused("refers to a name that no entry introduced 1 entries", () => DecodeBlock(names, first: 3, count: 1, next, ""));
    }

    [Fact]
    public void An_account_can_be_opened_only_once()
    {
        AuditedNames names = new();
        DecodeBlock(names, first: 1, count: 1, Payers + Accounts + Actors + Credit, A);
        AssertRefused("introduces a again", () => DecodeBlock(names, first: 2, count: 1, "00" + "0100" + DigestOfOtherA + "00" + "8600" + "0000" + NextHead, OtherA));
    }

    [Fact]
    public void An_account_key_is_free_after_an_erasure_even_in_the_same_block()
    {
        const string erasure = "cc00" + "00" + NextHead;
        const string again = "8107" + "01000a0000" + Head;
        List<JournalRow> rows = DecodeBlock(count: 3, Payers + "0200" + DigestOfA + "00" + DigestOfOtherA + Actors + Credit + erasure + again, A + OtherA);
        Assert.Equal([("a", 1, "credit"), ("a", 1, "erasure"), ("a", 3, "credit")], rows.Select(row => (row.Account, (int)row.Opening, row.Kind)));
    }

    [Fact]
    public void Erased_texts_are_zeros_and_the_account_is_named_after_its_first_entry()
    {
        // The key of the account, and the reference of the credit. The erasure keeps its own reference.
        string block = Payers + Accounts + Actors + "8127" + "00000a0200" + Head + "02" + DigestOfB + Erasure + DigestOfOtherA;
        List<JournalRow> before = DecodeBlock(count: 2, block, A + B + OtherA);
        Assert.Equal([("a", "b", 2, 0), ("a", "a", 0, 0)], before.Select(row => (row.Account, row.Reference, row.TextsLeft, row.TextsErased)));

        // The server overwrites the key first. From then on, the other texts count as erased.
        List<JournalRow> half = DecodeBlock(count: 2, block, Gone + B + OtherA);
        Assert.Equal([("~erased-1", null, 1, 1), ("~erased-1", "a", 0, 0)], half.Select(row => (row.Account, row.Reference, row.TextsLeft, row.TextsErased)));

        List<JournalRow> after = DecodeBlock(count: 2, block, Gone + Gone + OtherA);
        Assert.Equal([("~erased-1", null, 0, 2), ("~erased-1", "a", 0, 0)], after.Select(row => (row.Account, row.Reference, row.TextsLeft, row.TextsErased)));
        Assert.Equal(before.Select(row => (row.Points, row.LotPoints, row.Payer)), after.Select(row => (row.Points, row.LotPoints, row.Payer)));
        AssertRefused("lacks the reference", () => DecodeBlock(count: 2, block, Gone + Gone + Gone));
        AssertRefused("has a digest that does not match its text", () => DecodeBlock(count: 2, block, SaltOne + "00" + Gone + OtherA));
    }

    [Fact]
    public void The_name_of_an_actor_is_never_erased() => AssertRefused(
        "has an actor whose name is erased",
        () => DecodeBlock(count: 1, Payers + Accounts + "0100" + DigestOfB + "8127" + "00000a0200" + Head + "0800", A + Gone));

    [Fact]
    public void An_actor_can_be_introduced_again()
    {
        AuditedNames names = new();
        DecodeBlock(names, first: 1, count: 1, Payers + Accounts + "0100" + DigestOfB + "8127" + "00000a0200" + Head + "0800", A + B);
        List<JournalRow> rows = DecodeBlock(names, first: 2, count: 1, "00" + "0101" + "0100" + DigestOfB + "8620" + "0000" + NextHead + "0800", B);
        Assert.Equal(("a", "b"), (rows[0].Account, rows[0].Actor));
        Assert.Equal(("b", "b"), (names.Actors.Find(1), names.Actors.Find(2)));
    }

    /// <summary>An entry of the example that changes a lot. The number of the lot is also its day.</summary>
    private static JournalRow EntryOfCarol(long sequence, long operation, string kind, string payer, long points, long lotPoints, long lot) =>
        new(sequence, kind, "carol", payer, points, lotPoints, Start + (lot * Day), lot, null, operation, null, null, null) { Opening = 1 };

    private static AuditedNames NamesBeforeExample()
    {
        AuditedNames names = new();
        Assert.True(names.Accounts.TryAdd(1, "carol"));
        return names;
    }

    /// <summary>Decodes the example with other bytes.</summary>
    /// <returns>Whether the decoder rejects the bytes. If it accepts them, the entries must differ from the example.</returns>
    private static bool IsRefused(byte[] body, byte[] texts)
    {
        List<JournalRow> rows;
        try
        {
            rows = BodyDecoder.Decode(new CommitRow(new byte[16], 2, 7, 21, 0, 0, new byte[32], new byte[32], body, texts), NamesBeforeExample());
        }
        catch (AuditException)
        {
            return true;
        }

        Assert.NotEqual(Example, WithoutHashes(rows));
        return false;
    }

    private static void AssertRefused(string fault, Action decode) =>
        Assert.Contains(fault, Assert.Throws<AuditException>(decode).Message, StringComparison.Ordinal);

    private static List<JournalRow> DecodeBlock(int count, string block, string texts) => DecodeBlock(new AuditedNames(), first: 1, count, block, texts);

    private static List<JournalRow> DecodeBlock(AuditedNames names, long first, int count, string block, string texts) =>
        BodyDecoder.Decode(Commit(first, count, Index(block, texts) + block, texts), names);

    private static CommitRow Commit(long first, int count, string body, string texts) => new(
        new byte[16], 2, first, first + count - 1, 0, 0, new byte[32], new byte[32], Convert.FromHexString(body), Convert.FromHexString(texts));

    /// <summary>The index of one block.</summary>
    private static string Index(string block, string texts) => Varint(block.Length / 2) + Varint(texts.Length / 2) + DigestOf(block);

    private static string DigestOf(string block) => Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(block)));

    /// <summary>A body of one block.</summary>
    private static byte[] WithIndex(byte[] block, byte[] texts) =>
        [.. Convert.FromHexString(Varint(block.Length) + Varint(texts.Length)), .. SHA256.HashData(block), .. block];

    /// <summary>A number below 16,384.</summary>
    private static string Varint(int number) => number < 128 ? $"{number:x2}" : $"{(number % 128) + 128:x2}{number / 128:x2}";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static byte[] WithChange(byte[] bytes, int bit)
    {
        byte[] changed = [.. bytes];
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }

    private static IEnumerable<JournalRow> WithoutHashes(IEnumerable<JournalRow> rows) => rows.Select(row => row with { KeyHash = null });
}

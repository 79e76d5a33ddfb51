namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The auditor reads the format as docs/architecture.md describes it, and no other form of the same entries.</summary>
public sealed class BodyDecoderTests
{
    private const long Occurred = 1_578_096_000_000_000;
    private const long Kept = 86_400_000_000;

    // The example of journal_format.py: entries 7 to 9. Entry 1 has opened carol.
    private const string ExampleBody =
        "f701a00101074dc39c4c4c4552020600042284b60e202e2bf964337e3bfe559b518111f9b850a08bf00b0c2b3b358ec6a701000705752615311885cde735962de96c"
        + "8bc786c455b3add4d7b40a1972698740983101ff000009d804808083b8a3d1cd05088080bbdd83050a0c0f2396a7a06a5dad2ddc1671579faf98cfdf6e090f4eff4e"
        + "f03c9cf7a2021a0bd79709296544f0da3eacdc885101c200c0322a3dda6b3b7cc972b7f612c410039d391106e0dd95cd0a3d5a851e46817d575c83e40de2c5cfcc94"
        + "20a2f8d6b29787c9e3f400c300008a2001000c03d6b013b903bdbc838f6cca4f6fa6d9201396e23881c5fb901474c75149cde0a500";
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

    // The payer "p", the account "a", no actor, and a credit of 5 that opens lot 1 at 1970-01-01T00:00:00.000001Z.
    private const string Payers = "010170";
    private const string Accounts = "0100" + DigestOfA;
    private const string Actors = "00";
    private const string Credit = "8107" + "00000a0200";

    // A further spend of the same account.
    private const string Spend = "c30000";

    private static readonly JournalRow CreditOfA = new(1, "credit", "a", "p", 5, 5, 1, 1, null, 1, null, null, null);

    private static readonly JournalRow[] Example =
    [
        new(7, "credit", "carol", "MÜLLER", -5, 300, Occurred, 3, Occurred + Kept, 2, 1, "key", null)
        {
            Reference = "reference", Reason = "reason", Actor = "billing",
        },
        new(8, "spend", "carol", null, 0, 0, null, null, null, 8, null, null, null),
        new(9, "flush", "dave", null, 0, 0, null, null, null, 9, null, null, null) { Reason = "bye", Actor = "billing" },
    ];

    [Fact]
    public void Entries_with_all_parts_and_with_none_are_read()
    {
        AuditedNames names = NamesBeforeExample();
        List<JournalRow> rows = BodyDecoder.Decode(Commit(7, 3, ExampleBody, ExampleTexts), names);
        Assert.Equal(Example, WithoutHashes(rows));
        Assert.Equal(Enumerable.Range(1, 32).Select(number => (byte)number), rows[0].KeyHash);
        Assert.Equal(("dave", "billing"), (names.Accounts.Find(9), names.Actors.Find(7)));
    }

    [Fact]
    public void A_credit_is_read() => Assert.Equal([CreditOfA], DecodeBlock(count: 1, Payers + Accounts + Actors + Credit, A));

    [Fact]
    public void Any_change_of_a_bit_is_refused_or_read_as_something_else()
    {
        byte[] body = Convert.FromHexString(ExampleBody);
        byte[] texts = Convert.FromHexString(ExampleTexts);
        int refused = Enumerable.Range(0, body.Length * 8).Count(bit => IsRefused(WithChange(body, bit), texts));
        Assert.InRange(refused, body.Length * 7, (body.Length * 8) - 1);
        Assert.All(Enumerable.Range(0, texts.Length * 8), bit => Assert.True(IsRefused(body, WithChange(texts, bit))));
    }

    [Fact]
    public void Bytes_that_are_missing_or_too_many_at_the_end_are_refused()
    {
        byte[] body = Convert.FromHexString(ExampleBody);
        byte[] texts = Convert.FromHexString(ExampleTexts);
        Assert.All(Enumerable.Range(0, body.Length), length => Assert.True(IsRefused(body[..length], texts)));
        Assert.All(Enumerable.Range(0, texts.Length), length => Assert.True(IsRefused(body, texts[..length])));
        Assert.True(IsRefused([.. body, 0], texts));
        Assert.True(IsRefused(body, [.. texts, 0]));
    }

    [Theory]
    [InlineData(Payers + Accounts + Actors + Credit + "00", A, "goes on behind the last entry")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00000a02", A, "ends too early")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00008a000200", A, "not in its shortest form")]
    [InlineData(Payers + Accounts + Actors + "8107" + "0000ffffffffffffffffff020200", A, "more than 64 bits")]
    [InlineData("0201700170" + Accounts + Actors + Credit, A, "has a name twice")]
    [InlineData("0201700171" + Accounts + Actors + Credit, A, "has a name that no entry uses")]
    [InlineData("0101ff" + Accounts + Actors + Credit, A, "not UTF-8")]
    [InlineData(Payers + Accounts + Actors + "8107" + "00010a0200", A, "has a name in the wrong place")]
    [InlineData(Payers + Accounts + Actors + "8107" + "01000a0200", A, "has a name in the wrong place")]
    [InlineData(Payers + Accounts + Actors + "8127" + "00000a020008" + "00", A, "has a name in the wrong place")]
    [InlineData(Payers + "0200" + DigestOfA + "00" + DigestOfOtherA + Actors + Credit, A + OtherA, "has a name twice")]
    [InlineData(Payers + "0200" + DigestOfA + "00" + DigestOfB + Actors + Credit, A + B, "has a name that no entry uses")]
    [InlineData(Payers + "0100" + DigestOfBinary + Actors + Credit, Binary, "not UTF-8")]
    [InlineData(Payers + "0101" + Actors + Credit, "", "refers to a name that no entry introduced 1 entries before the block")]
    [InlineData(Payers + "01ffffffffffffffffff01" + Actors + Credit, "", "refers to a name that no entry introduced")]
    [InlineData(Payers + Accounts + "0100" + DigestOfB + Credit, A + B, "has a name that no entry uses")]
    [InlineData(Payers + Accounts + "0101" + Credit, A, "refers to a name that no entry introduced 1 entries before the block")]
    [InlineData(Payers + Accounts + Actors + Credit, OtherA, "has a digest that is not the one of its text")]
    [InlineData(Payers + Accounts + Actors + Credit, SaltZero, "ends too early")]
    [InlineData(Payers + Accounts + Actors + Credit, A + "00", "has a text without a digest")]
    [InlineData(Payers + Accounts + Actors + "8c07" + "00000a0200", A, "has an entry of kind 12")]
    [InlineData(Payers + Accounts + Actors + "8007" + "00000a0200", A, "has an entry of kind 0")]
    [InlineData(Payers + Accounts + Actors + "c107" + "000a0200", A, "has an entry without its account")]
    [InlineData(Payers + Accounts + Actors + "0107" + "00000a020000", A, "wrong mark for the first")]
    [InlineData(Payers + Accounts + Actors + "81c7" + "00000a0a0200", A, "has two amounts where one says it")]
    [InlineData(Payers + Accounts + Actors + "8147" + "0000000200", A, "has an amount in the wrong form")]
    [InlineData(Payers + Accounts + Actors + "8127" + "00000a020000", A, "has an origin with unknown parts")]
    [InlineData(Payers + Accounts + Actors + "8127" + "00000a020010", A, "has an origin with unknown parts")]
    public void Another_form_is_refused(string block, string texts, string fault) => AssertRefused(fault, () => DecodeBlock(count: 1, block, texts));

    [Theory]
    [InlineData("81030000")]
    [InlineData("8300" + "0000")]
    public void An_account_that_is_told_twice_is_refused(string second) =>
        AssertRefused("tells it twice", () => DecodeBlock(count: 2, Payers + Accounts + Actors + Credit + second, A));

    [Fact]
    public void Lengths_that_are_not_those_of_the_blocks_are_refused()
    {
        const string block = Payers + Accounts + Actors + Credit;
        Assert.Equal("2e11", Index(block, A));
        AssertRefused("goes on behind the last entry", () => Decode("2f11" + block + "00", A));
        AssertRefused("ends too early", () => Decode("2d11" + block, A));
        AssertRefused("ends too early", () => Decode("2f11" + block, A));
        AssertRefused("has a number that is too large", () => Decode("7f11" + block, A));
        AssertRefused("goes on behind its last block", () => Decode("2e11" + block + "00", A));
        AssertRefused("ends too early", () => Decode("2e10" + block, A));
        AssertRefused("has a number that is too large", () => Decode("2e12" + block, A));
        AssertRefused("go on behind those of the last block", () => Decode("2e11" + block, A + "00"));

        static void Decode(string body, string texts) => BodyDecoder.Decode(Commit(1, 1, body, texts), new AuditedNames());
    }

    [Fact]
    public void A_block_refers_to_the_names_of_the_blocks_before_it()
    {
        // Entry 1 opens the account and introduces the actor "b". Entry 257 has both.
        string first = Payers + Accounts + "0100" + DigestOfB + "8127" + "00000a020008" + "00" + Repeat(Spend, 255);
        const string second = "00" + "018002" + "018002" + "8320" + "000008" + "00";
        List<JournalRow> rows = BodyDecoder.Decode(
            Commit(1, 257, Index(first, A + B) + Index(second, "") + first + second, A + B), new AuditedNames());
        Assert.Equal(257, rows.Count);
        Assert.All(rows, row => Assert.Equal("a", row.Account));
        Assert.Equal(["b", "b"], rows.Where(row => row.Actor is not null).Select(row => row.Actor));
        Assert.Equal("b", rows[256].Actor);
    }

    [Fact]
    public void A_commit_refers_to_the_names_of_the_commits_before_it()
    {
        AuditedNames names = new();
        DecodeBlock(names, first: 1, count: 1, Payers + Accounts + Actors + Credit, A);
        Assert.Equal("a", Assert.Single(DecodeBlock(names, first: 2, count: 1, "00" + "0101" + "00" + "83000000", "")).Account);
        AssertRefused("refers to a name that no entry introduced 1 entries", () => DecodeBlock(names, first: 3, count: 1, "00" + "0101" + "00" + "83000000", ""));
    }

    [Fact]
    public void An_account_is_opened_once()
    {
        AuditedNames names = new();
        DecodeBlock(names, first: 1, count: 1, Payers + Accounts + Actors + Credit, A);
        AssertRefused("introduces a again", () => DecodeBlock(names, first: 2, count: 1, "00" + "0100" + DigestOfOtherA + "00" + "83000000", OtherA));
    }

    [Fact]
    public void An_actor_may_be_introduced_again()
    {
        AuditedNames names = new();
        DecodeBlock(names, first: 1, count: 1, Payers + Accounts + "0100" + DigestOfB + "8127" + "00000a020008" + "00", A + B);
        List<JournalRow> rows = DecodeBlock(names, first: 2, count: 1, "00" + "0101" + "0100" + DigestOfB + "8320" + "000008" + "00", B);
        Assert.Equal(("a", "b"), (rows[0].Account, rows[0].Actor));
        Assert.Equal(("b", "b"), (names.Actors.Find(1), names.Actors.Find(2)));
    }

    private static AuditedNames NamesBeforeExample()
    {
        AuditedNames names = new();
        Assert.True(names.Accounts.TryAdd(1, "carol"));
        return names;
    }

    /// <summary>Decodes the example with other bytes.</summary>
    /// <returns>Whether they are refused. If they are not, other entries come out.</returns>
    private static bool IsRefused(byte[] body, byte[] texts)
    {
        List<JournalRow> rows;
        try
        {
            rows = BodyDecoder.Decode(new CommitRow(new byte[16], 2, 7, 9, 0, 0, new byte[32], new byte[32], body, texts), NamesBeforeExample());
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

    /// <summary>The part of the index that belongs to a block.</summary>
    private static string Index(string block, string texts) => Varint(block.Length / 2) + Varint(texts.Length / 2);

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

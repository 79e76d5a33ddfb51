using System.Security.Cryptography;
using System.Text;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Journal;

/// <content>Invalid blocks, which the server never writes. Each block begins at entry 5. Entry 4 opened the account carol and introduced no actor.</content>
public sealed partial class CommitBodyTests
{
    // The tables name no payer, the account of entry 4, and no actor. The valid block has one entry, which names only this account.
    private const string Tables = "00010100";
    private const string Valid = Tables + "81000000" + Head;

    // No previous operation, no balance, no further entry.
    private const string Head = "000000";

    private static readonly string NoDigest = new('0', 2 * Digest.Length);

    [Theory]
    [InlineData("", "it ends too early")]
    [InlineData(Tables + "8100", "ends too early")]
    [InlineData(Tables + "8d000000", "entry kind 13 is unknown to this version")]
    [InlineData(Tables + "80000000", "entry kind 0 is unknown to this version")]
    [InlineData(Tables + "81000100" + Head, "1 is more than 0")]
    [InlineData(Tables + "c10000", "the first entry has no account")]
    [InlineData(Tables + "812000" + "00" + Head + "00", "origin flags 0 are unknown to this version")]
    [InlineData(Tables + "812000" + "00" + Head + "10", "origin flags 16 are unknown to this version")]
    [InlineData(Tables + "8100008000", "a number is too long")]
    [InlineData(Tables + "810000ffffffffffffffffff02", "a number is too long")]
    [InlineData(Valid + "00", "has extra bytes after its last entry")]
    [InlineData(Tables + "810400000c", "-1 is not the place of an entry")]
    [InlineData(Tables + "81020000feffffffffffffffff01", "a time is outside the years 1 to 9999")]
    [InlineData(Tables + "81400000", "amounts are not in their shortest form")]
    [InlineData(Tables + "81800000", "amounts are not in their shortest form")]
    [InlineData(Tables + "81c0000202", "amounts are not in their shortest form")]
    [InlineData(Tables + "01000000" + "00", "an operation is repeated")]
    [InlineData("0002010200" + "81000000" + Head, "2 is more than 1")]
    [InlineData("00010500" + "81000000" + Head, "entry 5 minus 5 is not the place of an entry")]
    [InlineData("00010200" + "81000000" + Head, "entry 3 opened no account")]
    [InlineData("0101ff010100" + "8101000000" + Head, "a text is not UTF-8")]
    [InlineData("0100010100" + "8101000000" + Head, "a name is not a payer")]
    [InlineData("010141010100" + "8101000100" + Head, "1 is more than 0")]
    [InlineData("010141010100" + "81000000" + Head, "it has 2 names and needs 1")]
    [InlineData("0001010101" + "81200000" + Head + "0800", "entry 4 introduced no actor")]
    [InlineData(Tables + "81000000" + "050000", "entry 5 minus 5 is not the place of an entry")]
    [InlineData(Tables + "81000000" + "00ffffffffffffffffff0100", "18446744073709551615 is too large")]
    [InlineData(Tables + "81000000" + "000001" + "00", "operation 5 lacks 1 of its 2 entries")]
    [InlineData(Tables + "81000000" + "000001" + "02", "2 is more than 1")]
    [InlineData("010141010100" + "81000000" + "000001" + "0102", "2 is more than 1")]
    [InlineData("010141010100" + "81000000" + "000001" + "01", "ends too early")]
    [InlineData("000000" + "81000000" + Head, "0 is more than -1")]
    public void An_invalid_body_is_rejected_with_the_reason(string block, string error)
    {
        Assert.Single(Decode(WithIndex(Valid)));
        AssertRefused(WithIndex(block), error);
    }

    [Theory]
    [InlineData("0800", "", "its blocks end at byte 42, and it has 41")]
    [InlineData("2a00", "", "42 is more than 41")]
    [InlineData("0701", "", "1 is more than 0")]
    [InlineData("0700", "00", "its texts end at byte 0, and there are 1")]
    public void An_invalid_index_is_rejected_with_the_reason(string index, string texts, string error) => AssertRefused(
        new CommitBytes(Convert.FromHexString(index + NoDigest + Tables + "c10000"), Convert.FromHexString(texts)), error);

    [Fact]
    public void Invalid_texts_are_rejected_with_the_reason()
    {
        (string digest, string text) = Text("carol"u8);
        Assert.Equal(Support.Given.Carol, Assert.Single(Decode(Opening(digest, text))).Account);
        AssertRefused(Opening(digest, text[..^2]), "5 is more than 4");
        AssertRefused(Opening(digest, text[..8]), "its texts end too early");
        AssertRefused(Opening(digest, text + "00"), "it has 22 bytes of texts and needs 21");
        AssertRefused(Opening(digest, "01" + Convert.ToHexStringLower(new byte[(text.Length / 2) - 1])), "a text does not match its digest");
        Assert.Equal(AccountId.Erased(new Sequence(5)), Assert.Single(Decode(Opening(digest, Convert.ToHexStringLower(new byte[text.Length / 2])))).Account);

        (digest, text) = Text([0xFF]);
        AssertRefused(Opening(digest, text), "a text is not UTF-8");
        (digest, text) = Text("not an account"u8);
        AssertRefused(Opening(digest, text), "a text is not an account");
        (digest, text) = Text([]);
        AssertRefused(Opening(digest, text), "a text is not an account");
    }

    [Fact]
    public void An_invalid_idempotency_key_is_rejected()
    {
        byte[] hash = [.. Enumerable.Repeat((byte)9, Digest.Length)];
        (string digest, string text) = Text([.. hash, .. "k"u8]);
        Assert.Equal("k", Assert.Single(Decode(WithIndex(Tables + "81200000" + Head + "01" + digest, text))).Origin!.Key!.Value);
        foreach (byte[] content in new byte[][] { [], hash[..^1], hash, [.. hash, 10] })
        {
            (digest, text) = Text(content);
            AssertRefused(WithIndex(Tables + "81200000" + Head + "01" + digest, text), "a text is not an idempotency key");
        }
    }

    /// <summary>A block whose entry opens an account.</summary>
    private static CommitBytes Opening(string digest, string text) => WithIndex("000100" + digest + "00" + "81000000" + Head, text);

    /// <summary>The length and the digest of a text, and the salt with the content.</summary>
    private static (string Digest, string Text) Text(ReadOnlySpan<byte> content)
    {
        byte[] text = [.. Encoding.ASCII.GetBytes("sixteen bytes ok"), .. content];
        return (Convert.ToHexStringLower([(byte)content.Length, .. SHA256.HashData(text)]), Convert.ToHexStringLower(text));
    }

    // Decoding does not check the digest of the block, so the digest is wrong here.
    private static CommitBytes WithIndex(string block, string texts = "") => new(
        Convert.FromHexString($"{block.Length / 2:x2}{texts.Length / 2:x2}{NoDigest}{block}"), Convert.FromHexString(texts));

    private static Pointbook.Ledger.Entries.Entry[] Decode(CommitBytes bytes) => CommitBody.Decode(bytes, new Sequence(5), new Sequence(5), NamesWithCarol());

    private static void AssertRefused(CommitBytes bytes, string error)
    {
        InvalidRowException refused = Assert.Throws<InvalidRowException>(() => Decode(bytes));
        Assert.Contains(error, refused.Message, StringComparison.Ordinal);
    }
}

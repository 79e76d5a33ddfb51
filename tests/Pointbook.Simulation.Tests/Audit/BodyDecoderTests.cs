namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The auditor reads the format as docs/architecture.md describes it, and no other form of the same entries.</summary>
public sealed class BodyDecoderTests
{
    private const long Occurred = 1_578_096_000_000_000;
    private const long Kept = 86_400_000_000;

    // The names "a" and "p", and a credit of 5 that opens lot 1 at 1970-01-01T00:00:00.000001Z.
    private const string Credit = "0c0201610170" + "8107" + "00010a0200";

    [Fact]
    public void An_entry_with_all_parts_and_one_with_none_are_read()
    {
        List<JournalRow> rows = Decode(
            first: 42,
            count: 2,
            "6903056361726f6c074dc39c4c4c45520762696c6c696e67" + "01ff000109d804808083b8a3d1cd05088080bbdd83050a0c"
            + "1f036b65790102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20097265666572656e636506726561736f6e02" + "c30000");
        Assert.Equal(
            new JournalRow(42, "credit", "carol", "MÜLLER", -5, 300, Occurred, 38, Occurred + Kept, 37, 36, "key", null), rows[0] with { KeyHash = null });
        Assert.Equal(Enumerable.Range(1, 32).Select(number => (byte)number), rows[0].KeyHash);
        Assert.Equal(new JournalRow(43, "spend", "carol", null, 0, 0, null, null, null, 43, null, null, null), rows[1]);
    }

    [Fact]
    public void A_credit_is_read() => Assert.Equal(
        [new JournalRow(1, "credit", "a", "p", 5, 5, 1, 1, null, 1, null, null, null)], Decode(first: 1, count: 1, Credit));

    [Theory]
    [InlineData("0d0201610170" + "8107" + "00010a020000", "goes on behind the last entry")]
    [InlineData("0c0201610170" + "8107" + "00010a020000", "goes on behind its last block")]
    [InlineData("0d0201610170" + "8107" + "00010a0200", "ends too early")]
    [InlineData("0b0201610170" + "8107" + "00010a02", "ends too early")]
    [InlineData("0d0201610170" + "8107" + "00018a000200", "not in its shortest form")]
    [InlineData("150201610170" + "8107" + "0001ffffffffffffffffff020200", "more than 64 bits")]
    [InlineData("0c0201610161" + "8107" + "00010a0200", "has a name twice")]
    [InlineData("0e030161017001718107" + "00010a0200", "has a name that no entry uses")]
    [InlineData("0c0201610170" + "8107" + "01000a0200", "has a name in the wrong place")]
    [InlineData("0c02016101ff" + "8107" + "00010a0200", "not UTF-8")]
    [InlineData("0c0201610170" + "8c07" + "00010a0200", "has an entry of kind 12")]
    [InlineData("0c0201610170" + "8007" + "00010a0200", "has an entry of kind 0")]
    [InlineData("0b0201610170" + "c107" + "010a0200", "has an entry without its account")]
    [InlineData("0d0201610170" + "0107" + "00010a020000", "wrong mark for the first")]
    [InlineData("0d0201610170" + "81c7" + "00010a0a0200", "has two amounts where one says it")]
    [InlineData("0c0201610170" + "8147" + "0001000200", "has an amount in the wrong form")]
    [InlineData("0d0201610170" + "8127" + "00010a020000", "has an origin with unknown parts")]
    public void Another_form_is_refused(string body, string fault) => Assert.Contains(
        fault, Assert.Throws<AuditException>(() => Decode(first: 1, count: 1, body)).Message, StringComparison.Ordinal);

    private static List<JournalRow> Decode(long first, int count, string body) =>
        BodyDecoder.Decode(new CommitRow(new byte[16], 2, first, first + count - 1, 0, 0, new byte[32], new byte[32], Convert.FromHexString(body)));
}

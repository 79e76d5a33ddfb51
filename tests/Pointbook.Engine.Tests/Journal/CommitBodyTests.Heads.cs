using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Journal;

/// <content>Invalid heads, which the server never writes. Entry 4 opened the account carol, and entry 5 is the first one of the commit.</content>
public sealed partial class CommitBodyTests
{
    // Entry 6 draws 5 points of the first payer from a lot.
    private const string DrawOfA = "4401" + "0009";

    [Theory]
    [InlineData("8300" + "0000" + "060001010009" + DrawOfA, "entry 5 minus 6 is not the place of an entry")]
    [InlineData("8300" + "0000" + "050001010009" + DrawOfA, "entry 5 minus 5 is not the place of an entry")]
    [InlineData("8300" + "0000" + "00ffffffffffffffffff0101010009" + DrawOfA, "18446744073709551615 ")]
    [InlineData("8300" + "0000" + "0000020100" + "09" + DrawOfA, "operation 5 lacks 1 of its 3 entries")]
    [InlineData("8300" + "0000" + "000000" + DrawOfA, "entry 6 belongs to no operation")]
    [InlineData("8300" + "0000" + "00000100" + DrawOfA, "do not add up to the sums of its head")]
    [InlineData("8300" + "0000" + "000001020009" + "0009" + DrawOfA, "do not add up to the sums of its head")]
    [InlineData("8300" + "0000" + "000001010209" + DrawOfA, "2 is more than 1")]
    [InlineData("8300" + "0000" + "000001010007" + DrawOfA, "do not add up to the sums of its head")]
    [InlineData("8300" + "0000" + "0000010101" + DrawOfA, "do not add up to the sums of its head")]
    [InlineData("8300" + "0000" + "000001010000" + "4581" + "0009", "do not add up to the sums of its head")]
    [InlineData("8300" + "0000" + "000001010009" + "0401" + "000009", "an operation continues")]
    [InlineData("8300" + "0000" + "000001010009" + "c401" + "0009" + "010000", "operation 5 lacks 1 of its 2 entries")]
    [InlineData("0300" + "0000" + "02" + DrawOfA, "entry 5 belongs to no operation")]
    [InlineData("0300" + "0000" + "00" + DrawOfA, "an operation is repeated")]
    public void An_invalid_head_is_rejected_with_the_reason(string entries, string error)
    {
        const string tables = "010141" + "0101" + "00";
        Assert.Equal(2, Decode(WithIndex(tables + "8300" + "0000" + "000001010009" + DrawOfA), count: 2).Length);
        AssertRefused(count: 2, WithIndex(tables + entries), error);
    }

    [Theory]
    [InlineData("01420141", "0009" + "0209", "4401" + "0109" + "4401" + "0009")]
    [InlineData("01410142", "01" + "0209", "4581" + "0009" + "4401" + "0109")]
    [InlineData("01420141", "01" + "03", "4581" + "0109" + "4581" + "0009")]
    public void Sums_in_another_order_are_rejected(string payers, string sums, string draws) => AssertRefused(
        count: 3, WithIndex("02" + payers + "0101" + "00" + "8300" + "0000" + "00000202" + sums + draws), "do not add up to the sums of its head");

    private static Entry[] Decode(CommitBytes bytes, int count) => CommitBody.Decode(bytes, new Sequence(5), new Sequence(4 + count), NamesWithCarol());

    private static void AssertRefused(int count, CommitBytes bytes, string error)
    {
        InvalidRowException refused = Assert.Throws<InvalidRowException>(() => Decode(bytes, count));
        Assert.Contains(error, refused.Message, StringComparison.Ordinal);
    }
}

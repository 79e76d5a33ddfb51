using System.Security.Cryptography;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.Journal;

/// <content>The examples of journal_format.py, and the values that it printed.</content>
public sealed partial class CommitBodyTests
{
    [Fact]
    public void The_format_never_changes()
    {
        // Journals in production have this encoding. journal_format.py computed the values from docs/architecture.md.
        // If this fails, add a new format instead of changing this one.
        CommitBytes example = EncodePinned([.. SealTests.Example().Entries]);
        Assert.Equal(
            "c703a001baeb3e51373e3b36ee4339d59eeb83f13619462e5440e6fcd74fd300adc03d8605074dc39c4c4c45520644414e4e4f4e0c4d494c4c455220434f4f5253"
            + "08554e494c455645520441434d45020600042284b60e202e2bf964337e3bfe559b518111f9b850a08bf00b0c2b3b358ec6a701000705752615311885cde735962d"
            + "e96c8bc786c455b3add4d7b40a1972698740983181ff000009d804808083b8a3d1cd05088080bbdd8305028407000c0f2396a7a06a5dad2ddc1671579faf98cfdf"
            + "6e090f4eff4ef03c9cf7a2021a0bd79709296544f0da3eacdc885101c200c0322a3dda6b3b7cc972b7f612c410039d391106e0dd95cd0a3d5a851e46817d575c83"
            + "e40de2c5cfcc9420a2f8d6b29787c9e3f400c308008080b4d0aee0cd0501ff06070500ef0102f303043107094587038f03fffff5ba870a10458701638080bbdd83"
            + "0510440f00c7018080bbdd8305108080bbdd83054587040d8080bbdd830510440701f3030012440702318080bbdd830512440700278080bbdd830512cacf008307"
            + "e707ffffb0988b0f1a8080bbdd830508f403040400e7070200060008004a0700638080b1988b0f164a87013bffffebf58e14204a0103004a0104008a2001000000"
            + "000c03d6b013b903bdbc838f6cca4f6fa6d9201396e23881c5fb901474c75149cde0a500",
            Convert.ToHexStringLower(example.Body.Span));
        Assert.Equal(
            "00000000000000000000000000000000646176650101010101010101010101010101010162696c6c696e6702020202020202020202020202020202010203040506"
            + "0708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f206b6579030303030303030303030303030303037265666572656e63650404040404040404040404"
            + "0404040404726561736f6e05050505050505050505050505050505627965",
            Convert.ToHexStringLower(example.Texts.Span));
        Assert.Equal(
            (7405, "b6c7a6deb87973e5cf6e5359ea66cd7f04e858abe4795e75d3e74dcb2b7a1b85", 1466, "6fe1781f546a5938a4ac0b4a201d89a9e3581c7fc6e11233dca92a5249b8d7d2"),
            LengthsAndDigests(EncodePinned(LongOperation())));
        Assert.Equal(
            (10017, "3281c96f9f8551c0db6db4e761f91a1c8d049c10999933e884653833a4e303d6", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            LengthsAndDigests(EncodePinned(WideOperation())));
    }

    private static CommitBytes EncodePinned(Entry[] entries) => new CommitBodyWriter(TestSalts.Create()).Encode(entries);

    private static (int Length, string Digest, int TextsLength, string TextsDigest) LengthsAndDigests(CommitBytes bytes) => (
        bytes.Body.Length,
        Convert.ToHexStringLower(SHA256.HashData(bytes.Body.Span)),
        bytes.Texts.Length,
        Convert.ToHexStringLower(SHA256.HashData(bytes.Texts.Span)));

    /// <summary>The same example as in journal_format.py: two blocks. The second block begins within an operation.</summary>
    internal static Entry[] LongOperation() => [.. Enumerable.Range(0, 300).Select(number => new Entry
    {
        Sequence = new Sequence(1 + number),
        Kind = (number % 3) switch { 0 => EntryKind.Credit, 1 => EntryKind.Draw, _ => EntryKind.Settlement },
        Account = AccountId.FromTrusted($"account-{number / 6}"),
        Opening = new Sequence(number % 6 == 0 ? 0 : 1 + number - (number % 6)),
        PreviousOperation = new Sequence(number % 6 == 3 ? 1 + number - 3 : 0),
        BalanceBefore = new Points(number % 6 == 3 ? (number - 2) * 1_000_002L : 0),
        Payer = PayerName.FromTrusted((number / 2 % 3) switch { 0 => "DANNON", 1 => "UNILEVER", _ => "MILLER COORS" }),
        Points = new Points((number % 3) switch { 0 => (number + 1) * 1_000_003L, 1 => -number, _ => 0 }),
        LotPoints = new Points((number % 3) switch { 0 => (number + 1) * 1_000_003L, 1 => -number, _ => -number * number }),
        OccurredAt = Support.Given.Day(number * 7 % 11),
        Lot = new Sequence(1 + number - (number % 5)),
        Operation = new Sequence(1 + number - (number % 3)),
        Origin = number % 39 == 0 ? new Origin { Reference = $"r{number}", Actor = "till" } : null,
    })];

    /// <summary>The same example as in journal_format.py: a spend with more payers than a block has entries, and then a credit.</summary>
    private static Entry[] WideOperation() =>
    [
        WideEntry(0, EntryKind.Spend) with { PreviousOperation = new Sequence(70), BalanceBefore = new Points(long.MaxValue) },
        .. Enumerable.Range(1, 400).Select(number => WideEntry(number, number <= 300 ? EntryKind.Draw : EntryKind.Settlement) with
        {
            Payer = PayerName.FromTrusted($"payer {number}"),
            Points = new Points(number <= 300 ? -number : 0),
            LotPoints = new Points(-number),
            OccurredAt = Support.Given.Day(1),
            Lot = new Sequence(50),
        }),
        WideEntry(401, EntryKind.Credit) with
        {
            PreviousOperation = new Sequence(101),
            BalanceBefore = new Points(long.MaxValue - 45_150),
            Payer = PayerName.FromTrusted("payer 400"),
            Points = new Points(5),
            LotPoints = new Points(5),
            OccurredAt = Support.Given.Day(1),
            Lot = new Sequence(502),
            Operation = new Sequence(502),
        },
    ];

    private static Entry WideEntry(int number, EntryKind kind) => new()
    {
        Sequence = new Sequence(101 + number),
        Kind = kind,
        Account = Support.Given.Carol,
        Opening = new Sequence(1),
        Operation = new Sequence(101),
    };
}

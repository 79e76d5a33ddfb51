using CsCheck;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Properties;

public sealed class SumCheckTests
{
    private static readonly PayerName Payer = PayerName.FromTrusted("DANNON");
    private static readonly DateOnly Day = new(2026, 11, 30);
    private static readonly Gen<Int128> AnySum = Gen.Select(Gen.Long, Gen.Long[-1_000, 1_000], (low, high) => ((Int128)high << 64) + low);

    private static readonly PayerFlow Flow = new(Payer, Day, EntryKind.Credit, Day.AddDays(-3));
    private static readonly PayerStock Stock = new(Payer, Day, Day.AddDays(-3), Day.AddDays(365));

    [Fact]
    public void The_checksums_of_summands_add_up_to_the_checksum_of_the_sum() =>
        Gen.Select(AnySum, AnySum, AnySum, AnySum).Sample((one, other, owed, paid) =>
        {
            Assert.Equal(SumCheck.Of(Flow, one + other), SumCheck.Add(SumCheck.Of(Flow, one), SumCheck.Of(Flow, other)));
            Assert.Equal(SumCheck.Of(Stock, one + other), SumCheck.Add(SumCheck.Of(Stock, one), SumCheck.Of(Stock, other)));
            Assert.Equal(SumCheck.Of(Payer, one + other, owed + paid), SumCheck.Add(SumCheck.Of(Payer, one, owed), SumCheck.Of(Payer, other, paid)));
            Assert.InRange(SumCheck.Of(Flow, one), 0, SumCheck.Mask);
        });

    [Fact]
    public void A_changed_digit_changes_the_checksum() =>
        Gen.Select(AnySum, Gen.Int[0, 18], Gen.Int[1, 9]).Sample((sum, digit, by) =>
        {
            Int128 changed = sum + (by * (Int128)Math.Pow(10, digit));
            Assert.NotEqual(SumCheck.Of(Flow, sum), SumCheck.Of(Flow, changed));
            Assert.NotEqual(SumCheck.Of(Stock, sum), SumCheck.Of(Stock, changed));
            Assert.NotEqual(SumCheck.Of(Payer, sum, 1), SumCheck.Of(Payer, changed, 1));
            Assert.NotEqual(SumCheck.Of(Payer, 1, sum), SumCheck.Of(Payer, 1, changed));
        });

    [Fact]
    public void A_checksum_belongs_to_one_row()
    {
        PayerName other = PayerName.FromTrusted("DANNOM");
        long[] checksums =
        [
            SumCheck.Of(Flow, 7), SumCheck.Of(Flow with { Payer = other }, 7), SumCheck.Of(Flow with { RecordedOn = Day.AddDays(1) }, 7),
            SumCheck.Of(Flow with { Kind = EntryKind.Return }, 7), SumCheck.Of(Flow with { OccurredOn = Day }, 7), SumCheck.Of(Flow with { OccurredOn = null }, 7),
            SumCheck.Of(Stock, 7), SumCheck.Of(Stock with { Payer = other }, 7), SumCheck.Of(Stock with { RecordedOn = Day.AddDays(1) }, 7),
            SumCheck.Of(Stock with { OccurredOn = Day }, 7), SumCheck.Of(Stock with { ExpiresOn = Day }, 7), SumCheck.Of(Stock with { ExpiresOn = null }, 7),
            SumCheck.Of(Payer, 7, 0), SumCheck.Of(Payer, 0, 7), SumCheck.Of(other, 7, 0), SumCheck.Of(other, 0, 7),
        ];
        Assert.Equal(checksums.Length, checksums.Distinct().Count());
    }
}

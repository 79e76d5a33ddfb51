using CsCheck;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Random commands. Payers and timestamps are few, so that ties, shared lots and late credits are the normal case.</summary>
internal static class Steps
{
    public static PayerName[] Payers { get; } = [Given.Payer("A"), Given.Payer("B"), Given.Payer("C")];

    public static Gen<PayerName> Payer { get; } = Gen.OneOf(Payers);

    /// <summary>Credits, deductions, spends and now and then a flush; about three in ten are refused.</summary>
    public static Gen<Command[]> Ordinary { get; } = Gen.Frequency(
        (40, Gen.Select(Payer, Gen.Long[1, 30], Gen.Int[1, 6], (payer, points, day) => (Command)Given.Add(payer, points, Given.Day(day)))),
        (20, Gen.Select(Payer, Gen.Long[-25, -1], Gen.Int[1, 6], (payer, points, day) => (Command)Given.Add(payer, points, Given.Day(day)))),
        (20, Gen.Long[1, 60].Select(points => (Command)Given.Spend(points))),
        (2, Gen.Const((Command)Given.Flush())),
        (1, Payer.Select(payer => (Command)Given.Add(payer, 0, Given.Day(1)))),
        (1, Payer.Select(payer => (Command)Given.Add(payer, 1, Given.TimestampMax.PlusClamped(TimeSpan.FromDays(1))))),
        (1, Gen.Long[-3, 0].Select(points => (Command)Given.Spend(points)))).Array[0, 40];

    /// <summary>The same without flushes, so that spends meet accounts with a past.</summary>
    public static Gen<Command[]> WithoutFlush { get; } =
        Ordinary.Select(commands => commands.Where(command => command is not FlushAccount).ToArray());

    /// <summary>Amounts at and next to the ends of 64 bits, where sums overflow.</summary>
    public static Gen<Command[]> Extreme { get; } = Gen.Frequency(
        (4, Gen.Select(Payer, Amount(), Gen.Int[1, 3], (payer, points, day) => (Command)Given.Add(payer, points, Given.Day(day)))),
        (4, Gen.Select(Payer, Amount(), Gen.Int[1, 3], (payer, points, day) => (Command)Given.Add(payer, Negated(points), Given.Day(day)))),
        (2, Amount().Select(points => (Command)Given.Spend(points))),
        (1, Gen.Const((Command)Given.Flush()))).Array[0, 30];

    private static Gen<long> Amount() => Gen.OneOf<long>(
        Gen.OneOf(long.MaxValue, long.MaxValue - 1, long.MaxValue / 2, (long.MaxValue / 2) + 1, 1, 2, 3, long.MinValue, -1),
        Gen.Long[1, long.MaxValue]);

    private static long Negated(long points) => unchecked(-points);
}

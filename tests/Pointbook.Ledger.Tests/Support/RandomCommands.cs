using CsCheck;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Random commands. They use few payers and timestamps, so that ties, shared lots and late credits are common.</summary>
internal static class RandomCommands
{
    public static PayerName[] Payers { get; } = [Given.Payer("A"), Given.Payer("B"), Given.Payer("C")];

    public static Gen<PayerName> Payer { get; } = Gen.OneOf(Payers);

    /// <summary>Credits, deductions, spends and sometimes a flush. The ledger refuses about three in ten.</summary>
    public static Gen<Command[]> Ordinary { get; } = Gen.Frequency(
        (40, Gen.Select(Payer, Gen.Long[1, 30], Gen.Int[1, 6], (payer, points, day) => (Command)Given.Add(payer, points, Given.Day(day)))),
        (20, Gen.Select(Payer, Gen.Long[-25, -1], Gen.Int[1, 6], (payer, points, day) => (Command)Given.Add(payer, points, Given.Day(day)))),
        (20, Gen.Long[1, 60].Select(points => (Command)Given.Spend(points))),
        (2, Gen.Const((Command)Given.Flush())),
        (1, Payer.Select(payer => (Command)Given.Add(payer, 0, Given.Day(1)))),
        (1, Payer.Select(payer => (Command)Given.Add(payer, 1, Given.TimestampMax.PlusClamped(TimeSpan.FromDays(1))))),
        (1, Gen.Long[-3, 0].Select(points => (Command)Given.Spend(points)))).Array[0, 40];

    /// <summary>The same commands without flushes, so that accounts have a past when spends arrive.</summary>
    public static Gen<Command[]> WithoutFlush { get; } =
        Ordinary.Select(commands => commands.Where(command => command is not FlushAccount).ToArray());

    /// <summary>Amounts at and next to the ends of 64 bits, where sums overflow.</summary>
    public static Gen<Command[]> Extreme { get; } = Gen.Frequency(
        (4, Gen.Select(Payer, Amount(), Gen.Int[1, 3], (payer, points, day) => (Command)Given.Add(payer, points, Given.Day(day)))),
        (4, Gen.Select(Payer, Amount(), Gen.Int[1, 3], (payer, points, day) => (Command)Given.Add(payer, Negate(points), Given.Day(day)))),
        (2, Amount().Select(points => (Command)Given.Spend(points))),
        (1, Gen.Const((Command)Given.Flush()))).Array[0, 30];

    /// <summary>
    /// Commands of all kinds. Time passes in half days, so that ends of holds, expiries and commands often have the same instant.
    /// </summary>
    public static Gen<TimedCommand[]> TimedCommands { get; } = Gen.Select(GenCommand(), Gen.Frequency((3, Gen.Const(0)), (4, Gen.Int[1, 3]), (1, Gen.Int[4, 20])), Gen.Int[0, 9])
        .Select((command, halfDays, back) => new TimedCommand(command, TimeSpan.FromDays(0.5 * halfDays), back)).Array[0, 50];

    /// <summary>No policy, or one under which some credits expire on arrival and others soon.</summary>
    public static Gen<CalendarPeriod?> Policy { get; } =
        Gen.Int[-6, 20].Select(halfDays => halfDays <= 0 ? null : (CalendarPeriod?)new CalendarPeriod(0, TimeSpan.FromDays(0.5 * halfDays)));

    /// <summary>The same commands with amounts next to the ends of 64 bits.</summary>
    public static Gen<TimedCommand[]> ExtremeTimedCommands { get; } = Gen.Select(
        Gen.Frequency(
            (6, Gen.Select(Payer, LargeAmount(), Gen.Int[1, 3], Expiry(), (payer, points, day, expiry) => (Command)Given.Add(payer, points, Given.Day(day), expiry))),
            (2, Gen.Select(Payer, LargeAmount(), (payer, points) => (Command)Given.Add(payer, Negate(points), Given.Day(1)))),
            (5, Gen.Select(LargeAmount(), Gen.Int[0, 4], SpendOrHold)),
            (5, Gen.Const((Command)Given.Reverse(Sequence.Zero))),
            (3, AboutEarlierOperation())),
        Gen.Int[0, 2],
        Gen.Int[0, 3]).Select((command, halfDays, back) => new TimedCommand(command, TimeSpan.FromDays(0.5 * halfDays), back)).Array[0, 40];

    private static Gen<Command> GenCommand() => Gen.Frequency(
        (40, Gen.Select(Payer, Gen.Long[1, 30], Gen.Int[1, 6], Expiry(), (payer, points, day, expiry) => (Command)Given.Add(payer, points, Given.Day(day), expiry))),
        (15, Gen.Select(Payer, Gen.Long[-25, -1], Gen.Int[1, 6], (payer, points, day) => (Command)Given.Add(payer, points, Given.Day(day)))),
        (30, Gen.Select(Gen.Long[1, 60], Gen.Int[0, 6], SpendOrHold)),
        (25, AboutEarlierOperation()),
        (1, Payer.Select(payer => (Command)Given.Add(payer, -1, Given.Day(1), Given.Day(2)))),
        (1, Gen.Const((Command)Given.Sweep())));

    private static Gen<Command> AboutEarlierOperation() => Gen.Frequency(
        (6, Gen.Const((Command)Given.Reverse(Sequence.Zero))),
        (5, Gen.Const((Command)Given.Capture(Sequence.Zero))),
        (2, Gen.Const((Command)Given.Flush())),
        (2, Gen.Const((Command)Given.KeyedFlush())),
        (3, Gen.Const((Command)Given.Erase())),
        (4, Gen.Const((Command)Given.Restore(Sequence.Zero))));

    /// <summary>Sometimes none, often one before the first command, and often one soon after it.</summary>
    private static Gen<Instant?> Expiry() => Gen.Frequency(
        (2, Gen.Int[0, 0].Select(_ => (Instant?)null)),
        (1, Gen.Int[5, 19].Select(halfDays => (Instant?)Given.Day(halfDays / 2.0))),
        (3, Gen.Int[20, 40].Select(halfDays => (Instant?)Given.Day(halfDays / 2.0))));

    private static Command SpendOrHold(long points, int halfDays) => halfDays == 0 ? Given.Spend(points) : Given.Hold(points, halfDays / 2.0);

    private static Gen<long> Amount() => Gen.OneOf<long>(
        Gen.OneOf(long.MaxValue, long.MaxValue - 1, long.MaxValue / 2, (long.MaxValue / 2) + 1, 1, 2, 3, long.MinValue, -1),
        Gen.Long[1, long.MaxValue]);

    private static Gen<long> LargeAmount() =>
        Gen.OneOf(long.MaxValue, long.MaxValue - 1, long.MaxValue / 2, (long.MaxValue / 2) + 1, long.MaxValue / 3, 1, 2);

    private static long Negate(long points) => unchecked(-points);
}

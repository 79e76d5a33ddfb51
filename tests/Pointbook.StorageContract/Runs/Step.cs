using CsCheck;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Runs;

/// <summary>One thing that happens to a partition.</summary>
public abstract record Step;

/// <summary>Sends a command, without waiting for the answers to earlier commands.</summary>
public sealed record Send(Command Command) : Step
{
    public override string ToString() => $"{Command} key {Command.Origin?.Key}";
}

/// <summary>Sends a command about an earlier spend or flush, without waiting for the answers to earlier commands, and waits for its answer.</summary>
/// <param name="About">The account to which the command goes.</param>
/// <param name="Of">The account of the operation, which mostly is the same one.</param>
/// <param name="What">The kind of command.</param>
/// <param name="Back">How many operations to go back among those with known answers.</param>
/// <param name="Key">The idempotency key, or null.</param>
public sealed record SendAboutOperation(AccountId About, AccountId Of, SubjectCommandKind What, int Back, string? Key) : Step;

/// <summary>The kinds of commands about an earlier operation.</summary>
public enum SubjectCommandKind
{
    Capture,
    Reverse,
    Restore,
}

/// <summary>Waits for all answers.</summary>
public sealed record Await : Step;

/// <summary>Waits for all answers, and then advances the clock by whole hours.</summary>
public sealed record AdvanceClock(int Hours) : Step;

/// <summary>Waits for all answers, and then reads everything of an account.</summary>
public sealed record ReadAccount(AccountId Account) : Step;

/// <summary>Blocks the snapshot writer from its next round on, or releases it.</summary>
public sealed record HoldSnapshotWriter(bool IsHeld) : Step;

/// <summary>Makes the outcome of one of the next appends unknown at first.</summary>
public sealed record UnknownOutcome(bool IsCommitted) : Step
{
    public AppendFault Fault => IsCommitted ? AppendFault.UnknownCommitted : AppendFault.UnknownNotCommitted;
}

/// <summary>Ends the process, cleanly or not, and starts another one, with the account store or without it.</summary>
public sealed record Restart(bool InOrder, bool KeepsAccountStore) : Step;

/// <summary>The steps of a partition, and its bounds.</summary>
public sealed record Run(long CacheBytesMax, int BatchSizeMax, int RoundEntriesMax, TimeSpan SweeperInterval, Step[] Steps)
{
    /// <summary>The nominal beginning of every run, which its commands use. The stage moves it to the actual beginning.</summary>
    public static readonly Instant Begin = Instant.FromDateTimeOffset(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    /// <summary>
    /// The offset from the full hour at which holds end and credits expire. Time passes in whole hours, so it does not
    /// matter that commits are recorded some microseconds after the clock.
    /// </summary>
    private static readonly TimeSpan HalfHour = TimeSpan.FromMinutes(30);

    public static readonly AccountId[] Accounts = [Given.Account("carol"), Given.Account("dave"), Given.Account("erin")];
    public static readonly PayerName[] Payers = [Given.Payer("DANNON"), Given.Payer("UNILEVER"), Given.Payer("MILLER COORS")];

    public static Gen<Run> Gen { get; } = CsCheck.Gen.Select(
        Pick(0L, 2_000L, 1L << 30),
        Pick(1, 3, 2_048),
        Pick(1, 7, 200_000),
        Pick(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)),
        GenSteps(GenEvent()),
        (cache, batch, round, sweeper, steps) => new Run(cache, batch, round, sweeper, steps));

    /// <summary>Runs of a process in which only commands are sent and time passes.</summary>
    public static Gen<Run> WithoutFaults { get; } =
        GenSteps(GenReadAccount()).Select(steps => new Run(1L << 30, 2_048, 200_000, TimeSpan.FromDays(1), steps));

    /// <summary>Keys are kept for a time in which runs forget some of them. No key expires at the exact time of its next use.</summary>
    public static LedgerPolicy Policy { get; } = new() { KeysKeptFor = TimeSpan.FromHours(50) + HalfHour };

    public SweeperOptions SweeperOptions => new() { Interval = SweeperInterval };

    public PartitionOptions Options => new()
    {
        CacheBytesMax = CacheBytesMax,
        BatchSizeMax = BatchSizeMax,
        // However many faults follow one another, the partition finds out each outcome.
        AttemptsMax = 100,
        RetryDelayMax = TimeSpan.FromMilliseconds(1),
    };

    public SnapshotWriterOptions SnapshotWriterOptions => new()
    {
        RoundEntriesMax = RoundEntriesMax,
        RoundDelay = TimeSpan.Zero,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        ErasureInterval = TimeSpan.FromSeconds(1),
        // No run edits rows, so damage is a bug.
        RepairEntriesMax = 0,
    };

    public override string ToString() =>
        $"cache {CacheBytesMax}, batch {BatchSizeMax}, round {RoundEntriesMax}:{Environment.NewLine}{string.Join(Environment.NewLine, (IEnumerable<Step>)Steps)}";

    /// <summary>Picks one of some values.</summary>
    public static Gen<T> Pick<T>(params T[] values) => CsCheck.Gen.Int[0, values.Length - 1].Select(index => values[index]);

    /// <summary>A command for one of the accounts, sometimes with an idempotency key.</summary>
    public static Gen<Command> GenCommand()
    {
        Gen<AccountId> account = Pick(Accounts);
        Gen<Instant?> expiry = CsCheck.Gen.Int[-30, 90].Select(hours =>
            hours % 3 == 0 ? (Instant?)Begin.PlusClamped(TimeSpan.FromHours(hours) + HalfHour) : null);
        // Most timestamps are some days long ago, on which they often coincide. The others have any age up to 500 days.
        Gen<Instant> occurredAt = CsCheck.Gen.Int[-3, 6].Select(CsCheck.Gen.Int[0, 500], (day, age) =>
            day < 0 ? Begin.PlusClamped(-TimeSpan.FromDays(age)) : Given.Time.PlusClamped(TimeSpan.FromDays(day)));
        Gen<Command> add = CsCheck.Gen.Select(account, Pick(Payers), CsCheck.Gen.Long[-40, 100], occurredAt, expiry,
            (who, payer, points, occurred, expiresAt) => (Command)new AddTransaction(who, payer, new Points(points), occurred)
            {
                ExpiresAt = points > 0 ? expiresAt : null,
            });
        Gen<Command> spend = CsCheck.Gen.Select(account, CsCheck.Gen.Long[-1, 150], CsCheck.Gen.Int[-30, 40], (who, points, hours) =>
            (Command)new SpendPoints(who, new Points(points)) { Hold = hours < 0 ? null : TimeSpan.FromHours(hours) + HalfHour });
        Gen<Command> flush = account.Select(who => (Command)new FlushAccount(who));
        Gen<Command> command = CsCheck.Gen.Frequency((12, add), (8, spend), (1, flush));
        return CsCheck.Gen.Select(command, CsCheck.Gen.Int[0, 15], (what, key) => key < 6 ? what.With($"key{key}") : what);
    }

    private static Gen<Step> GenSendAboutOperation() => CsCheck.Gen.Select(
        Pick(Accounts), Pick(Accounts), CsCheck.Gen.Frequency((3, CsCheck.Gen.Const(SubjectCommandKind.Capture)), (4, CsCheck.Gen.Const(SubjectCommandKind.Reverse)), (3, CsCheck.Gen.Const(SubjectCommandKind.Restore))),
        CsCheck.Gen.Int[0, 30], CsCheck.Gen.Int[0, 15],
        // One in ten may name the wrong account. The others are about one of the last three operations of the right one.
        (who, other, what, back, key) => (Step)new SendAboutOperation(who, back < 3 ? other : who, what, back % 3, key < 4 ? $"key{key}" : null));

    private static Gen<Step[]> GenSteps(Gen<Step> other) => CsCheck.Gen.Frequency(
        (34, GenCommand().Select(command => new Step[] { new Send(command) })),
        (12, GenSendAboutOperation().Select(ask => new[] { ask })),
        (2, Pick(Accounts).Select(FlushAndRestore)),
        (1, Pick(Accounts).Select(FlushTwiceAndRestore)),
        (2, CsCheck.Gen.Select(Pick(Accounts), CsCheck.Gen.Int[0, 2], FlushAndErase)),
        (4, CsCheck.Gen.Frequency((4, CsCheck.Gen.Int[1, 12]), (1, CsCheck.Gen.Int[13, 60])).Select(hours => new Step[] { new AdvanceClock(hours) })),
        (10, other.Select(step => new[] { step }))).Array[1, 60].Select(steps => steps.SelectMany(some => some).ToArray());

    /// <summary>Puts a restore right after a flush. By chance alone, another command on the account would nearly always come first.</summary>
    private static Step[] FlushAndRestore(AccountId account) =>
        [new Send(new FlushAccount(account)), new Await(), new SendAboutOperation(account, account, SubjectCommandKind.Restore, 0, null)];

    /// <summary>A flush of an empty account writes an entry if it has a key. It does not prevent a restore.</summary>
    private static Step[] FlushTwiceAndRestore(AccountId account) =>
    [
        new Send(new FlushAccount(account)), new Await(), new Send(new FlushAccount(account).With("again")), new Await(),
        new SendAboutOperation(account, account, SubjectCommandKind.Restore, 1, null), new SendAboutOperation(account, account, SubjectCommandKind.Restore, 0, null),
    ];

    /// <summary>The account is often used again at once. For commands about operations of an erased account, these are unknown.</summary>
    private static Step[] FlushAndErase(AccountId account, int key) =>
    [
        new Send(new FlushAccount(account)), new Send(key == 0 ? new EraseAccount(account) : new EraseAccount(account).With($"key{key}")),
        new SendAboutOperation(account, account, SubjectCommandKind.Reverse, 0, null), new SendAboutOperation(account, account, SubjectCommandKind.Restore, 0, null),
    ];

    private static Gen<Step> GenReadAccount() => Pick(Accounts).Select(account => (Step)new ReadAccount(account));

    private static Gen<Step> GenEvent() =>
        CsCheck.Gen.Frequency(
            (4, CsCheck.Gen.Const((Step)new Await())),
            (2, GenReadAccount()),
            (3, CsCheck.Gen.Bool.Select(isHeld => (Step)new HoldSnapshotWriter(isHeld))),
            (2, CsCheck.Gen.Bool.Select(isCommitted => (Step)new UnknownOutcome(isCommitted))),
            (2, CsCheck.Gen.Select(CsCheck.Gen.Bool, CsCheck.Gen.Bool, (inOrder, keeps) => (Step)new Restart(inOrder, keeps))));
}

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

/// <summary>A command is sent, without waiting for the answers to the ones before.</summary>
public sealed record Send(Command Command) : Step
{
    public override string ToString() => $"{Command} key {Command.Origin?.Key}";
}

/// <summary>Something is asked about an earlier spend or flush, without waiting for the answers to the commands before, and answered.</summary>
/// <param name="About">The account that is asked about it.</param>
/// <param name="Of">The account whose operation it is, which mostly is the same one.</param>
/// <param name="What">What is asked.</param>
/// <param name="Back">How many operations back it is among those whose answers are known.</param>
/// <param name="Key">The idempotency key, or null.</param>
public sealed record Ask(AccountId About, AccountId Of, Question What, int Back, string? Key) : Step;

/// <summary>What can be asked about an earlier operation.</summary>
public enum Question
{
    Capture,
    Reverse,
    Restore,
}

/// <summary>All answers are waited for.</summary>
public sealed record Await : Step;

/// <summary>All answers are waited for, and then some whole hours pass.</summary>
public sealed record Pass(int Hours) : Step;

/// <summary>All answers are waited for, and then everything that can be read of an account is read.</summary>
public sealed record Look(AccountId Account) : Step;

/// <summary>The snapshot writer is held from its next round on, or let go.</summary>
public sealed record HoldSnapshotWriter(bool IsHeld) : Step;

/// <summary>One of the next appends has an outcome that is not known at first.</summary>
public sealed record Unsure(bool IsCommitted) : Step
{
    public AppendFault Fault => IsCommitted ? AppendFault.UnknownCommitted : AppendFault.UnknownNotCommitted;
}

/// <summary>The process ends, in order or at once, and another one takes over, with the account store or without.</summary>
public sealed record Restart(bool InOrder, bool KeepsAccountStore) : Step;

/// <summary>What a partition goes through, and within which bounds.</summary>
public sealed record Run(long CacheBytesMax, int BatchSizeMax, int RoundEntriesMax, TimeSpan SweeperInterval, Step[] Steps)
{
    /// <summary>When every run begins, as far as its commands say; the stage moves that to the time at which it really begins.</summary>
    public static readonly Instant Begin = Instant.FromDateTimeOffset(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    /// <summary>
    /// What holds end and credits expire beside the hour. Time passes in whole hours, so it does not matter that commits are
    /// recorded some microseconds after the clock.
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

    /// <summary>Runs of a process to which nothing happens but commands and the time.</summary>
    public static Gen<Run> Calm { get; } =
        GenSteps(GenLook()).Select(steps => new Run(1L << 30, 2_048, 200_000, TimeSpan.FromDays(1), steps));

    /// <summary>Keys are kept for so long that some are forgotten in a run, and never at the very time at which one is used again.</summary>
    public static LedgerPolicy Policy { get; } = new() { KeysKeptFor = TimeSpan.FromHours(50) + HalfHour };

    public SweeperOptions SweeperOptions => new() { Interval = SweeperInterval };

    public PartitionOptions Options => new()
    {
        CacheBytesMax = CacheBytesMax,
        BatchSizeMax = BatchSizeMax,
        // However many faults come in a row, each outcome is found out in the end.
        AttemptsMax = 100,
        RetryDelayMax = TimeSpan.FromMilliseconds(1),
    };

    public SnapshotWriterOptions SnapshotWriterOptions => new()
    {
        RoundEntriesMax = RoundEntriesMax,
        RoundDelay = TimeSpan.Zero,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        ErasureInterval = TimeSpan.FromSeconds(1),
        // Damage in a run without an edit of rows is a bug.
        RepairEntriesMax = 0,
    };

    public override string ToString() =>
        $"cache {CacheBytesMax}, batch {BatchSizeMax}, round {RoundEntriesMax}:{Environment.NewLine}{string.Join(Environment.NewLine, (IEnumerable<Step>)Steps)}";

    /// <summary>One of some values.</summary>
    public static Gen<T> Pick<T>(params T[] values) => CsCheck.Gen.Int[0, values.Length - 1].Select(index => values[index]);

    /// <summary>A command for one of the accounts, with a key now and then.</summary>
    public static Gen<Command> GenCommand()
    {
        Gen<AccountId> account = Pick(Accounts);
        Gen<Instant?> expiry = CsCheck.Gen.Int[-30, 90].Select(hours =>
            hours % 3 == 0 ? (Instant?)Begin.PlusClamped(TimeSpan.FromHours(hours) + HalfHour) : null);
        // Mostly some days long ago on which timestamps are often the same, otherwise of any age up to a good year.
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

    private static Gen<Step> GenAsk() => CsCheck.Gen.Select(
        Pick(Accounts), Pick(Accounts), CsCheck.Gen.Frequency((3, CsCheck.Gen.Const(Question.Capture)), (4, CsCheck.Gen.Const(Question.Reverse)), (3, CsCheck.Gen.Const(Question.Restore))),
        CsCheck.Gen.Int[0, 30], CsCheck.Gen.Int[0, 15],
        // One in ten asks in the wrong account; the others are about one of the last three operations of the right one.
        (who, other, what, back, key) => (Step)new Ask(who, back < 3 ? other : who, what, back % 3, key < 4 ? $"key{key}" : null));

    private static Gen<Step[]> GenSteps(Gen<Step> other) => CsCheck.Gen.Frequency(
        (34, GenCommand().Select(command => new Step[] { new Send(command) })),
        (12, GenAsk().Select(ask => new[] { ask })),
        (2, Pick(Accounts).Select(FlushAndRestore)),
        (1, Pick(Accounts).Select(FlushTwiceAndRestore)),
        (2, CsCheck.Gen.Select(Pick(Accounts), CsCheck.Gen.Int[0, 2], FlushAndErase)),
        (4, CsCheck.Gen.Frequency((4, CsCheck.Gen.Int[1, 12]), (1, CsCheck.Gen.Int[13, 60])).Select(hours => new Step[] { new Pass(hours) })),
        (10, other.Select(step => new[] { step }))).Array[1, 60].Select(steps => steps.SelectMany(some => some).ToArray());

    /// <summary>By chance alone a restore would hardly ever come before the next command on the account.</summary>
    private static Step[] FlushAndRestore(AccountId account) =>
        [new Send(new FlushAccount(account)), new Await(), new Ask(account, account, Question.Restore, 0, null)];

    /// <summary>A flush of an account that is empty writes an entry if it has a key, and stands in the way of no restore.</summary>
    private static Step[] FlushTwiceAndRestore(AccountId account) =>
    [
        new Send(new FlushAccount(account)), new Await(), new Send(new FlushAccount(account).With("again")), new Await(),
        new Ask(account, account, Question.Restore, 1, null), new Ask(account, account, Question.Restore, 0, null),
    ];

    /// <summary>Often the account is used again at once, and what an erased account is asked about is unknown.</summary>
    private static Step[] FlushAndErase(AccountId account, int key) =>
    [
        new Send(new FlushAccount(account)), new Send(key == 0 ? new EraseAccount(account) : new EraseAccount(account).With($"key{key}")),
        new Ask(account, account, Question.Reverse, 0, null), new Ask(account, account, Question.Restore, 0, null),
    ];

    private static Gen<Step> GenLook() => Pick(Accounts).Select(account => (Step)new Look(account));

    private static Gen<Step> GenEvent() =>
        CsCheck.Gen.Frequency(
            (4, CsCheck.Gen.Const((Step)new Await())),
            (2, GenLook()),
            (3, CsCheck.Gen.Bool.Select(isHeld => (Step)new HoldSnapshotWriter(isHeld))),
            (2, CsCheck.Gen.Bool.Select(isCommitted => (Step)new Unsure(isCommitted))),
            (2, CsCheck.Gen.Select(CsCheck.Gen.Bool, CsCheck.Gen.Bool, (inOrder, keeps) => (Step)new Restart(inOrder, keeps))));
}

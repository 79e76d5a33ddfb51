using CsCheck;
using Pointbook.Engine.Partitions;
using Pointbook.Engine.Projection;
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

/// <summary>All answers are waited for.</summary>
public sealed record Await : Step;

/// <summary>The projector is held from its next round on, or let go.</summary>
public sealed record HoldProjector(bool IsHeld) : Step;

/// <summary>One of the next appends has an outcome that is not known at first.</summary>
public sealed record Unsure(bool IsCommitted) : Step
{
    public AppendFault Fault => IsCommitted ? AppendFault.UnknownCommitted : AppendFault.UnknownNotCommitted;
}

/// <summary>The process ends, in order or at once, and another one takes over, with the projection or without.</summary>
public sealed record Restart(bool InOrder, bool KeepsProjection) : Step;

/// <summary>What a partition goes through, and within which bounds.</summary>
public sealed record Run(long CacheBytesMax, int BatchSizeMax, int RoundEntriesMax, Step[] Steps)
{
    public static readonly AccountId[] Accounts = [Given.Account("carol"), Given.Account("dave"), Given.Account("erin")];
    private static readonly PayerName[] Payers = [Given.Payer("DANNON"), Given.Payer("UNILEVER"), Given.Payer("MILLER COORS")];

    public static Gen<Run> Gen { get; } = CsCheck.Gen.Select(
        Pick(0L, 2_000L, 1L << 30),
        Pick(1, 3, 2_048),
        Pick(1, 7, 200_000),
        GenStep().Array[1, 60],
        (cache, batch, round, steps) => new Run(cache, batch, round, steps));

    public PartitionOptions Options => new()
    {
        CacheBytesMax = CacheBytesMax,
        BatchSizeMax = BatchSizeMax,
        // However many faults come in a row, each outcome is found out in the end.
        AttemptsMax = 100,
        RetryDelayMax = TimeSpan.FromMilliseconds(1),
    };

    public ProjectorOptions ProjectorOptions => new()
    {
        RoundEntriesMax = RoundEntriesMax,
        RoundDelay = TimeSpan.Zero,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };

    public override string ToString() =>
        $"cache {CacheBytesMax}, batch {BatchSizeMax}, round {RoundEntriesMax}:{Environment.NewLine}{string.Join(Environment.NewLine, (IEnumerable<Step>)Steps)}";

    public static Gen<T> Pick<T>(params T[] values) => CsCheck.Gen.Int[0, values.Length - 1].Select(index => values[index]);

    /// <summary>A command for one of the accounts, with a key now and then.</summary>
    public static Gen<Command> GenCommand()
    {
        Gen<AccountId> account = Pick(Accounts);
        Gen<Command> add = CsCheck.Gen.Select(account, Pick(Payers), CsCheck.Gen.Long[-40, 100], CsCheck.Gen.Int[0, 6],
            (who, payer, points, day) => (Command)new AddTransaction(who, payer, new Points(points), Given.Time.PlusClamped(TimeSpan.FromDays(day))));
        Gen<Command> spend = CsCheck.Gen.Select(account, CsCheck.Gen.Long[-1, 150], (who, points) => (Command)new SpendPoints(who, new Points(points)));
        Gen<Command> flush = account.Select(who => (Command)new FlushAccount(who));
        Gen<Command> command = CsCheck.Gen.Frequency((6, add), (4, spend), (1, flush));
        return CsCheck.Gen.Select(command, CsCheck.Gen.Int[0, 15], (what, key) => key < 6 ? what.With($"key{key}") : what);
    }

    private static Gen<Step> GenStep() =>
        CsCheck.Gen.Frequency(
            (40, GenCommand().Select(command => (Step)new Send(command))),
            (6, CsCheck.Gen.Const((Step)new Await())),
            (3, CsCheck.Gen.Bool.Select(isHeld => (Step)new HoldProjector(isHeld))),
            (2, CsCheck.Gen.Bool.Select(isCommitted => (Step)new Unsure(isCommitted))),
            (2, CsCheck.Gen.Select(CsCheck.Gen.Bool, CsCheck.Gen.Bool, (inOrder, keeps) => (Step)new Restart(inOrder, keeps))));
}

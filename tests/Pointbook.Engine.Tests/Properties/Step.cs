using CsCheck;
using Pointbook.Engine.Partitions;
using Pointbook.Engine.Projection;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>One thing that happens to a partition.</summary>
internal abstract record Step;

/// <summary>A command is sent, without waiting for the answers to the ones before.</summary>
internal sealed record Send(Command Command) : Step
{
    public override string ToString() => $"{Command} key {Command.Origin?.Key}";
}

/// <summary>All answers are waited for.</summary>
internal sealed record Await : Step;

/// <summary>The projector is held from its next round on, or let go.</summary>
internal sealed record HoldProjector(bool IsHeld) : Step;

/// <summary>One of the next appends has an outcome that is not known at first.</summary>
internal sealed record Unsure(bool IsCommitted) : Step
{
    public AppendFault Fault => IsCommitted ? AppendFault.UnknownCommitted : AppendFault.UnknownNotCommitted;
}

/// <summary>The process ends, in order or at once, and another one takes over, with the projection or without.</summary>
internal sealed record Restart(bool InOrder, bool KeepsProjection) : Step;

/// <summary>What a partition goes through, and within which bounds.</summary>
internal sealed record Run(long CacheBytesMax, int BatchSizeMax, int RoundEntriesMax, Step[] Steps)
{
    public static readonly AccountId[] Accounts = [Given.Carol, Given.Dave, AccountId.FromTrusted("erin")];
    private static readonly PayerName[] Payers = [Given.Dannon, Given.Unilever, PayerName.FromTrusted("MILLER COORS")];

    public static Gen<Run> Gen { get; } = CsCheck.Gen.Select(
        Pick(0L, 2_000L, 1L << 30),
        Pick(1, 3, 2_048),
        Pick(1, 7, 200_000),
        GenStep().Array[1, 60],
        (cache, batch, round, steps) => new Run(cache, batch, round, steps));

    public PartitionOptions Options
    {
        get
        {
            PartitionOptions options = Node.Options;
            // However many faults come in a row, each outcome is found out in the end.
            (options.CacheBytesMax, options.BatchSizeMax, options.AttemptsMax) = (CacheBytesMax, BatchSizeMax, 100);
            return options;
        }
    }

    public ProjectorOptions ProjectorOptions
    {
        get
        {
            ProjectorOptions options = Node.ProjectorOptions;
            options.RoundEntriesMax = RoundEntriesMax;
            return options;
        }
    }

    public override string ToString() =>
        $"cache {CacheBytesMax}, batch {BatchSizeMax}, round {RoundEntriesMax}:{Environment.NewLine}{string.Join(Environment.NewLine, (IEnumerable<Step>)Steps)}";

    public static Gen<T> Pick<T>(params T[] values) => CsCheck.Gen.Int[0, values.Length - 1].Select(index => values[index]);

    /// <summary>A command for one of the accounts, with a key now and then.</summary>
    public static Gen<Command> GenCommand()
    {
        Gen<AccountId> account = Pick(Accounts);
        Gen<Command> add = CsCheck.Gen.Select(account, Pick(Payers), CsCheck.Gen.Long[-40, 100], CsCheck.Gen.Int[0, 6],
            (who, payer, points, day) => (Command)Given.Add(points, day, payer, who));
        Gen<Command> spend = CsCheck.Gen.Select(account, CsCheck.Gen.Long[-1, 150], (who, points) => (Command)Given.Spend(points, who));
        Gen<Command> flush = account.Select(who => (Command)Given.Flush(who));
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

using CsCheck;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>The test sends a command to one of the processes.</summary>
internal sealed record SendTo(int Node, Command Command) : Step
{
    public override string ToString() => $"{Command} key {Command.Origin?.Key} to {Node}";
}

/// <summary>The test asks one of the processes for a balance.</summary>
internal sealed record AskFor(int Node, AccountId Account) : Step;

/// <summary>The test holds the loads of a process before or after they read, or releases them.</summary>
internal sealed record HoldLoads(int Node, bool IsHeld, bool AfterReading) : Step;

/// <summary>The test holds the rounds of a process, or releases them.</summary>
internal sealed record HoldRounds(int Node, bool IsHeld) : Step;

/// <summary>The next append of a process has a fault.</summary>
internal sealed record FailAppend(int Node, string Fault) : Step;

/// <summary>The store completes the appends that it has delayed.</summary>
internal sealed record CompleteDelayedAppends : Step;

/// <summary>Another process empties the account store, writes the first commits to it again, and ends.</summary>
internal sealed record EmptyAccountStore(int CommitsStored) : Step;

/// <summary>The steps of processes that share a journal and an account store, and the bounds of these processes.</summary>
internal sealed record SharedRun(int Nodes, long CacheBytesMax, int BatchSizeMax, int LagEntriesMax, int RoundEntriesMax, Step[] Steps)
{
    public static Gen<SharedRun> Gen { get; } =
        from nodes in CsCheck.Gen.Int[2, 3]
        from cache in Run.Pick(0L, 2_000L, 1L << 30)
        from batch in Run.Pick(1, 3, 2_048)
        from lag in Run.Pick(1, 4, 1_000_000)
        from round in Run.Pick(1, 7, 200_000)
        from steps in GenStep(nodes).Array[1, 80]
        select new SharedRun(nodes, cache, batch, lag, round, steps);

    public PartitionOptions Options
    {
        get
        {
            PartitionOptions options = Node.Options;
            (options.CacheBytesMax, options.BatchSizeMax, options.LagEntriesMax) = (CacheBytesMax, BatchSizeMax, LagEntriesMax);
            (options.AttemptsMax, options.LagWaitMax) = (3, TimeSpan.FromMilliseconds(5));
            return options;
        }
    }

    public SnapshotWriterOptions SnapshotWriterOptions
    {
        get
        {
            SnapshotWriterOptions options = Node.SnapshotWriterOptions;
            options.RoundEntriesMax = RoundEntriesMax;
            return options;
        }
    }

    public override string ToString() =>
        $"{Nodes} nodes, cache {CacheBytesMax}, batch {BatchSizeMax}, lag {LagEntriesMax}, round {RoundEntriesMax}:"
        + $"{Environment.NewLine}{string.Join(Environment.NewLine, (IEnumerable<Step>)Steps)}";

    private static Gen<Step> GenStep(int nodes)
    {
        Gen<int> node = CsCheck.Gen.Int[0, nodes - 1];
        return CsCheck.Gen.Frequency(
            (40, CsCheck.Gen.Select(node, Run.GenCommand().Select(WithoutTime), (to, command) => (Step)new SendTo(to, command))),
            (12, CsCheck.Gen.Select(node, Run.Pick(Run.Accounts), (to, account) => (Step)new AskFor(to, account))),
            (8, CsCheck.Gen.Const((Step)new Await())),
            (4, CsCheck.Gen.Select(node, CsCheck.Gen.Bool, CsCheck.Gen.Bool, (of, isHeld, after) => (Step)new HoldLoads(of, isHeld, after))),
            (4, CsCheck.Gen.Select(node, CsCheck.Gen.Bool, (of, isHeld) => (Step)new HoldRounds(of, isHeld))),
            (4, CsCheck.Gen.Select(node, Run.Pick("unknown, written", "unknown, not written", "unknown, written later", "failed", "late"),
                (of, fault) => (Step)new FailAppend(of, fault))),
            (3, CsCheck.Gen.Const((Step)new CompleteDelayedAppends())),
            (3, CsCheck.Gen.Int[0, 5].Select(commits => (Step)new EmptyAccountStore(commits))));
    }

    /// <summary>The same command without expiry and hold. The journal gives the order of the answers, and due events are no answer to a request.</summary>
    private static Command WithoutTime(Command command)
    {
        Command plain = command switch
        {
            AddTransaction add => add with { ExpiresAt = null },
            SpendPoints spend => spend with { Hold = null },
            _ => command,
        };
        return plain.Origin?.Key is { } key ? plain.With(key.Value) : plain;
    }
}

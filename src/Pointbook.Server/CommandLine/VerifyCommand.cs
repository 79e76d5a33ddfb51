using System.CommandLine;
using System.Globalization;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.Server.Idempotency;

namespace Pointbook.Server.CommandLine;

/// <summary><c>pointbook verify</c>: checks every seal of a store, and compares the derived tables with the journal. Servers may go on running.</summary>
internal static class VerifyCommand
{
    /// <summary>The subcommand.</summary>
    public static Command Create()
    {
        Option<string[]> stores = new("--store")
        {
            Required = true,
            Arity = ArgumentArity.OneOrMore,
            HelpName = "store",
            Description = $"{StoreAddress.SqliteForm} or {StoreAddress.PostgresForm}; once for each database of the store.",
        };
        Option<bool> journalOnly = new("--journal-only") { Description = "Check the seals only." };
        Option<TimeSpan> keysKeptFor = new("--keys-kept-for")
        {
            HelpName = "time",
            DefaultValueFactory = _ => new IdempotencyOptions().KeepFor,
            Description = "Idempotency:KeepFor of the servers: older keys may be missing.",
        };
        Command command = new("verify", "Checks every seal of a store and compares its tables with the journal. Nothing is changed, and servers may go on running.")
        {
            stores, journalOnly, keysKeptFor,
        };
        command.SetAction((parsed, cancellationToken) => CommandLineRun.GuardAsync(
            () => RunAsync(
                new VerifyRequest(parsed.GetRequiredValue(stores), parsed.GetValue(journalOnly), parsed.GetValue(keysKeptFor)), TimeProvider.System, cancellationToken),
            advice: "",
            StoreAddress.Names));
        return command;
    }

    private static async Task<int> RunAsync(VerifyRequest request, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (new IdempotencyOptions { KeepFor = request.KeysKeptFor }.Fault() is not null)
        {
            throw new ArgumentFaultException($"--keys-kept-for is {request.KeysKeptFor}; give the value of Idempotency:KeepFor, such as 7.00:00:00.");
        }

        (IReadOnlyList<VerifiedPartition> partitions, IAsyncDisposable store) = await VerifiedPartition.OpenAsync(request.Stores, clock, cancellationToken);
        await using (store)
        {
            IReadOnlyList<JournalVerdict> journals = await Progress.ShowAsync(begin => VerifyAsync(partitions, begin, cancellationToken), clock);
            int code = await ReportAsync(journals);
            if (request.JournalOnly)
            {
                return code;
            }

            VerifiedPartition[] right = [.. partitions.Where((_, index) => journals[index].Fault is null)];
            ProjectionVerificationBounds bounds = new() { KeysKeptFor = request.KeysKeptFor };
            IReadOnlyList<ProjectionVerdict> projections = await Progress.ShowAsync(
                begin => CompareAsync(right, bounds, clock, begin, cancellationToken), clock);
            return Math.Max(code, await ReportAsync(right, projections));
        }
    }

    private static async Task<int> ReportAsync(IReadOnlyList<JournalVerdict> verdicts)
    {
        foreach (JournalVerdict verdict in verdicts)
        {
            await (verdict.Fault is null ? Console.Out : Console.Error).WriteLineAsync(verdict.ToString());
        }

        int broken = verdicts.Count(verdict => verdict.Fault is not null);
        if (broken > 0)
        {
            await Console.Error.WriteLineAsync(
                $"{broken} of {verdicts.Count} partitions are not what was committed; do not serve this store, and restore a backup that verifies.");
            return 1;
        }

        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Every seal is right: {verdicts.Sum(verdict => verdict.Head.Last.Value)} entries, partitions: {verdicts.Count}."));
        return 0;
    }

    private static async Task<int> ReportAsync(IReadOnlyList<VerifiedPartition> partitions, IReadOnlyList<ProjectionVerdict> verdicts)
    {
        long differences = 0;
        foreach ((VerifiedPartition partition, ProjectionVerdict verdict) in partitions.Zip(verdicts))
        {
            differences += verdict.DifferenceCount;
            foreach (string difference in verdict.Differences)
            {
                await Console.Error.WriteLineAsync($"partition {partition.Number}: {difference}");
            }

            foreach (PayerName payer in verdict.UnstablePayers)
            {
                await Console.Out.WriteLineAsync(
                    $"partition {partition.Number}: the sums of payer {payer} were not compared, because they changed each time they were read. Verify when fewer writes arrive.");
            }

            if (verdict.DifferenceCount == 0)
            {
                await Console.Out.WriteLineAsync(verdict.Rebuild is { } reason
                    ? $"partition {partition.Number}: the derived tables were not compared, because the next start rebuilds them: {reason}."
                    : $"partition {partition.Number}: the derived tables are right up to entry {verdict.Through}, accounts: {verdict.Accounts}.");
            }
        }

        if (differences == 0)
        {
            return 0;
        }

        await Console.Error.WriteLineAsync(
            $"Differences between the derived tables and the journal: {differences}. Have the tables rebuilt: docs/operations.md, \"Rebuilding the projection\".");
        return 1;
    }

    private static async Task<IReadOnlyList<JournalVerdict>> VerifyAsync(
        IReadOnlyList<VerifiedPartition> partitions, BeginPhase begin, CancellationToken cancellationToken)
    {
        Action<long> advance = begin("Verifying", 0, await CountEntriesAsync(partitions, cancellationToken));
        List<JournalVerdict> verdicts = [];
        long done = 0;
        foreach (VerifiedPartition partition in partitions)
        {
            JournalVerdict verdict = await VerifyAsync(partition.Journal, last => advance(done + last), cancellationToken);
            done += verdict.Head.Last.Value;
            verdicts.Add(verdict);
        }

        return verdicts;
    }

    private static async Task<long> CountEntriesAsync(IReadOnlyList<VerifiedPartition> partitions, CancellationToken cancellationToken)
    {
        long total = 0;
        foreach (VerifiedPartition partition in partitions)
        {
            total += (await partition.Journal.ReadHeadAsync(cancellationToken)).Last.Value;
        }

        return total;
    }

    /// <summary>Reads one journal up to its end or to what is wrong with it.</summary>
    private static async Task<JournalVerdict> VerifyAsync(IJournal journal, Action<long> advance, CancellationToken cancellationToken)
    {
        JournalHead head = JournalHead.Empty;
        try
        {
            await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken))
            {
                head = commit.ToHead();
                advance(head.Last.Value);
            }

            return new JournalVerdict(journal.Partition, head, Fault: null);
        }
        catch (JournalException failure) when (!StoreFailure.IsOfStore(failure))
        {
            return new JournalVerdict(journal.Partition, head, failure.Message);
        }
    }

    private static async Task<IReadOnlyList<ProjectionVerdict>> CompareAsync(
        IReadOnlyList<VerifiedPartition> partitions,
        ProjectionVerificationBounds bounds,
        TimeProvider clock,
        BeginPhase begin,
        CancellationToken cancellationToken)
    {
        List<ProjectionVerdict> verdicts = [];
        Action<long> advance = begin("Comparing", 0, await CountEntriesAsync(partitions, cancellationToken));
        long done = 0;
        foreach (VerifiedPartition partition in partitions)
        {
            (IProjection? projection, string? reason) = partition.OpenProjection();
            verdicts.Add(projection is not null
                ? await new ProjectionVerification(partition.Journal, projection, bounds, clock).RunAsync(last => advance(done + last.Value), cancellationToken)
                : new ProjectionVerdict(Sequence.Zero, 0, reason, [], 0));
            done += verdicts[^1].Through.Value;
        }

        return verdicts;
    }

    private sealed record VerifyRequest(string[] Stores, bool JournalOnly, TimeSpan KeysKeptFor);

    private sealed record JournalVerdict(int Partition, JournalHead Head, string? Fault)
    {
        public override string ToString() => Fault is not null ? $"partition {Partition}: right up to entry {Head.Last}, then: {Fault}"
            : Head.Last.Value == 0 ? $"partition {Partition}: no entries"
            : $"partition {Partition}: last entry {Head.Last}, recorded {Head.RecordedAt}, seal {Head.Seal}";
    }
}

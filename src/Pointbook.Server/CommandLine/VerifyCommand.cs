using System.CommandLine;
using System.Globalization;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.Server.Idempotency;

namespace Pointbook.Server.CommandLine;

/// <summary><c>pointbook verify</c>: verifies every seal of a store and compares the derived tables with the journal. Servers may keep running.</summary>
internal static class VerifyCommand
{
    private const int ErasuresNamedMax = 20;

    /// <summary>The subcommand.</summary>
    public static Command Create()
    {
        Option<string[]> stores = new("--store")
        {
            Required = true,
            Arity = ArgumentArity.OneOrMore,
            HelpName = "store",
            Description = $"{StoreAddress.SqliteForm} or {StoreAddress.PostgresForm}. Repeat the option for each database of the store.",
        };
        Option<bool> journalOnly = new("--journal-only") { Description = "Verifies only the seals." };
        Option<TimeSpan> keysKeptFor = new("--keys-kept-for")
        {
            HelpName = "time",
            DefaultValueFactory = _ => new IdempotencyOptions().KeepFor,
            Description = "The value of Idempotency:KeepFor on the servers. Older idempotency keys may be missing.",
        };
        Command command = new("verify", "Verifies every seal of a store and compares its tables with the journal. It changes nothing. Servers may keep running.")
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
            throw new ArgumentFaultException($"--keys-kept-for is invalid: {request.KeysKeptFor}. Set it to the value of Idempotency:KeepFor, such as 7.00:00:00.");
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
            AccountStoreVerificationBounds bounds = new() { KeysKeptFor = request.KeysKeptFor };
            IReadOnlyList<AccountStoreVerdict> accountStores = await Progress.ShowAsync(
                begin => CompareAsync(right, bounds, clock, begin, cancellationToken), clock);
            IReadOnlyList<ReadModelVerdict> readModels = await Progress.ShowAsync(
                begin => CompareReadModelsAsync(right, bounds.DifferencesMax, begin, cancellationToken), clock);
            return Math.Max(code, await ReportAsync(right, accountStores, readModels));
        }
    }

    private static async Task<int> ReportAsync(IReadOnlyList<JournalVerdict> verdicts)
    {
        foreach (JournalVerdict verdict in verdicts)
        {
            await (verdict.Fault is null ? Console.Out : Console.Error).WriteLineAsync(verdict.ToString());
            if (verdict is { Fault: null, Erasures.Count: > 0 })
            {
                await ReportErasuresAsync(verdict.Partition, verdict.Erasures);
            }
        }

        int broken = verdicts.Count(verdict => verdict.Fault is not null);
        if (broken > 0)
        {
            await Console.Error.WriteLineAsync(
                $"{broken} of {verdicts.Count} partitions differ from what was committed. Do not serve this store. Restore a backup that verifies.");
            return 1;
        }

        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Every seal is valid: {verdicts.Sum(verdict => verdict.Head.Last.Value)} entries, partitions: {verdicts.Count}."));
        return 0;
    }

    /// <summary>Reports the erased accounts, up to a maximum number, and unfinished erasures.</summary>
    private static async Task ReportErasuresAsync(int partition, ErasureVerification erasures)
    {
        string more = erasures.Count > ErasuresNamedMax ? $", and {erasures.Count - ErasuresNamedMax} more" : "";
        string named = string.Join(", ", erasures.Erasures.Take(ErasuresNamedMax).Select(erasure => $"{AccountId.Erased(erasure.Opening)} by entry {erasure.Sequence}"));
        await Console.Out.WriteLineAsync($"partition {partition}: erased accounts: {erasures.Count} ({named}{more}).");
        int unfinished = erasures.Unfinished.Count();
        if (unfinished > 0)
        {
            await Console.Out.WriteLineAsync(
                $"partition {partition}: unfinished erasures: {unfinished}. The journal still contains texts of these accounts. A running server removes them.");
        }
    }

    private static async Task<int> ReportAsync(
        VerifiedPartition[] partitions, IReadOnlyList<AccountStoreVerdict> accountStores, IReadOnlyList<ReadModelVerdict> readModels)
    {
        for (int index = 0; index < partitions.Length; index++)
        {
            (AccountStoreVerdict accountStore, ReadModelVerdict readModel) = (accountStores[index], readModels[index]);
            await ReportAsync(partitions[index].Number, accountStore.Differences, accountStore.DifferenceCount, accountStore.Rebuild is { } reason
                ? $"the account store was not compared, because the next start of a server rebuilds it: {reason}."
                : $"the account store matches the journal up to entry {accountStore.Through}, accounts: {accountStore.Accounts}.");
            await ReportAsync(partitions[index].Number, readModel.Differences, readModel.DifferenceCount, readModel.Build is { } missing
                ? $"the read model was not compared, because the next running server builds it: {missing}."
                : $"the read model matches the journal up to entry {readModel.Through}, payers: {readModel.Payers}.");
        }

        long differences = accountStores.Sum(verdict => verdict.DifferenceCount) + readModels.Sum(verdict => verdict.DifferenceCount);
        if (differences == 0)
        {
            return 0;
        }

        await Console.Error.WriteLineAsync(
            $"Differences between the derived tables and the journal: {differences}. Rebuild the tables: see docs/operations.md, \"Rebuilding derived tables\".");
        return 1;
    }

    private static async Task ReportAsync(int partition, IReadOnlyList<string> differences, long differenceCount, string otherwise)
    {
        foreach (string difference in differences)
        {
            await Console.Error.WriteLineAsync($"partition {partition}: {difference}");
        }

        if (differenceCount == 0)
        {
            await Console.Out.WriteLineAsync($"partition {partition}: {otherwise}");
        }
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

    /// <summary>Reads one journal up to its end or up to its first fault.</summary>
    private static async Task<JournalVerdict> VerifyAsync(IJournal journal, Action<long> advance, CancellationToken cancellationToken)
    {
        JournalHead head = JournalHead.Empty;
        ErasureVerification erasures = new(findsUnfinished: true);
        try
        {
            await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken))
            {
                erasures.Add(commit);
                head = commit.ToHead();
                advance(head.Last.Value);
            }

            return new JournalVerdict(journal.Partition, head, FaultOf(erasures)) { Erasures = erasures };
        }
        catch (JournalException failure) when (!StoreFailure.IsOfStore(failure))
        {
            return new JournalVerdict(journal.Partition, head, failure.Message);
        }
    }

    private static string? FaultOf(ErasureVerification erasures) => erasures.FirstWithoutErasure is { } opening
        ? $"The texts of the account that entry {opening} opened are missing, and no entry erases this account."
        : null;

    private static async Task<IReadOnlyList<AccountStoreVerdict>> CompareAsync(
        IReadOnlyList<VerifiedPartition> partitions,
        AccountStoreVerificationBounds bounds,
        TimeProvider clock,
        BeginPhase begin,
        CancellationToken cancellationToken)
    {
        List<AccountStoreVerdict> verdicts = [];
        Action<long> advance = begin("Comparing", 0, await CountEntriesAsync(partitions, cancellationToken));
        long done = 0;
        foreach (VerifiedPartition partition in partitions)
        {
            (IAccountStore? accountStore, string? reason) = partition.OpenAccountStore();
            verdicts.Add(accountStore is not null
                ? await CompareAsync(new AccountStoreVerification(partition.Journal, accountStore, bounds, clock), last => advance(done + last.Value), cancellationToken)
                : new AccountStoreVerdict(Sequence.Zero, 0, reason, [], 0));
            done += verdicts[^1].Through.Value;
        }

        return verdicts;
    }

    private static async Task<AccountStoreVerdict> CompareAsync(AccountStoreVerification verification, Action<Sequence> advance, CancellationToken cancellationToken)
    {
        try
        {
            return await verification.RunAsync(advance, cancellationToken);
        }
        catch (JournalDamagedException damage) when (!StoreFailure.IsOfStore(damage))
        {
            // The seals are valid, so the command still compares the other partitions.
            string advice = $"{damage.Message} Do not serve this store. Restore a backup that verifies.";
            return new AccountStoreVerdict(Sequence.Zero, 0, Rebuild: null, [advice], 1);
        }
    }

    private static async Task<IReadOnlyList<ReadModelVerdict>> CompareReadModelsAsync(
        IReadOnlyList<VerifiedPartition> partitions, int differencesMax, BeginPhase begin, CancellationToken cancellationToken)
    {
        List<ReadModelVerdict> verdicts = [];
        Action<long> advance = begin("Comparing the read model", 0, await CountEntriesAsync(partitions, cancellationToken));
        long done = 0;
        foreach (VerifiedPartition partition in partitions)
        {
            (IReadModel? readModel, string? reason) = partition.OpenReadModel();
            verdicts.Add(readModel is not null
                ? await new ReadModelVerification(partition.Journal, readModel, differencesMax).RunAsync(last => advance(done + last.Value), cancellationToken)
                : ReadModelVerdict.ToBeBuilt(reason!));
            done += verdicts[^1].Through.Value;
        }

        return verdicts;
    }

    private sealed record VerifyRequest(string[] Stores, bool JournalOnly, TimeSpan KeysKeptFor);

    private sealed record JournalVerdict(int Partition, JournalHead Head, string? Fault)
    {
        public ErasureVerification? Erasures { get; init; }

        public override string ToString() => Fault is not null ? $"partition {Partition}: valid up to entry {Head.Last}, then: {Fault}"
            : Head.Last.Value == 0 ? $"partition {Partition}: no entries"
            : $"partition {Partition}: last entry {Head.Last}, recorded {Head.RecordedAt}, seal {Head.Seal}";
    }
}

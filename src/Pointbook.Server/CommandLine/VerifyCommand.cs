using System.CommandLine;
using System.Globalization;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.CommandLine;

/// <summary><c>pointbook verify</c>: reads all journals of a store and checks every seal. A server may run beside it.</summary>
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
        Command command = new("verify", "Checks every seal of a store, also beside a running server; nothing is changed.") { stores };
        command.SetAction((parsed, cancellationToken) =>
            CommandLineRun.GuardAsync(() => RunAsync(parsed.GetRequiredValue(stores), TimeProvider.System, cancellationToken), advice: "", StoreAddress.Names));
        return command;
    }

    private static async Task<int> RunAsync(string[] stores, TimeProvider clock, CancellationToken cancellationToken)
    {
        (IReadOnlyList<IJournal> journals, IAsyncDisposable store) = await OpenAsync(stores, clock, cancellationToken);
        await using (store)
        {
            IReadOnlyList<Verdict> verdicts = await Progress.ShowAsync(begin => VerifyAsync(journals, begin, cancellationToken), clock);
            foreach (Verdict verdict in verdicts)
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
    }

    private static async Task<(IReadOnlyList<IJournal> Journals, IAsyncDisposable Store)> OpenAsync(
        string[] stores, TimeProvider clock, CancellationToken cancellationToken)
    {
        List<StoreAddress> addresses = [.. stores.Select(text => StoreAddress.Parse("--store", text))];
        if (addresses.TrueForAll(address => address.IsPostgres))
        {
            PostgresStoreOptions databases = new() { ConnectionStrings = [.. addresses.Select(address => address.Place)] };
            PostgresStore postgres = await PostgresStore.OpenReadOnlyAsync(databases, cancellationToken);
            return ([.. postgres.Partitions.Select(partition => partition.Journal)], postgres);
        }

        if (addresses.Count > 1)
        {
            throw new ArgumentFaultException("Several stores are named; name one directory, or all databases of one store on PostgreSQL.");
        }

        ReadOnlySqliteStore sqlite = ReadOnlySqliteStore.Open(new SqliteStoreOptions { Directory = addresses[0].Place }, clock, isExclusive: false);
        return ([sqlite.Journal], sqlite);
    }

    private static async Task<IReadOnlyList<Verdict>> VerifyAsync(IReadOnlyList<IJournal> journals, BeginPhase begin, CancellationToken cancellationToken)
    {
        long total = 0;
        foreach (IJournal journal in journals)
        {
            total += (await journal.ReadHeadAsync(cancellationToken)).Last.Value;
        }

        Action<long> advance = begin("Verifying", 0, total);
        List<Verdict> verdicts = [];
        long done = 0;
        foreach (IJournal journal in journals)
        {
            Verdict verdict = await VerifyAsync(journal, last => advance(done + last), cancellationToken);
            done += verdict.Head.Last.Value;
            verdicts.Add(verdict);
        }

        return verdicts;
    }

    /// <summary>Reads one journal up to its end or to what is wrong with it.</summary>
    private static async Task<Verdict> VerifyAsync(IJournal journal, Action<long> advance, CancellationToken cancellationToken)
    {
        JournalHead head = JournalHead.Empty;
        try
        {
            await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken))
            {
                head = commit.ToHead();
                advance(head.Last.Value);
            }

            return new Verdict(journal.Partition, head, Fault: null);
        }
        catch (JournalException failure) when (!StoreFailure.IsOfStore(failure))
        {
            return new Verdict(journal.Partition, head, failure.Message);
        }
    }

    private sealed record Verdict(int Partition, JournalHead Head, string? Fault)
    {
        public override string ToString() => Fault is not null ? $"partition {Partition}: right up to entry {Head.Last}, then: {Fault}"
            : Head.Last.Value == 0 ? $"partition {Partition}: no entries"
            : $"partition {Partition}: last entry {Head.Last}, recorded {Head.RecordedAt}, seal {Head.Seal}";
    }
}

using CsCheck;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>What the ledger must do on every store. A store's tests inherit it.</summary>
/// <remarks>This part: any sequence of events.</remarks>
public abstract partial class LedgerContract
{
    // Fewer samples may lack a kind of entry by chance, so stores with fewer samples do not check this. Other stores try the same runs.
    private const int SamplesForFullCoverage = 100;

    // One round may lack a kind by chance, but it is practically impossible that all these rounds lack it.
    private const int RoundsForFullCoverage = 5;

    /// <summary>How many samples of each property are tried, unless CsCheck is configured otherwise.</summary>
    protected virtual int Samples => 100;

    protected abstract StoreHost CreateHost();

    [Fact]
    public async Task Answers_journal_and_account_store_always_agree_with_the_model()
    {
        EntryKind[] kinds = Enum.GetValues<EntryKind>();
        HashSet<EntryKind> met = [];
        int rounds = 0;
        do
        {
            await SampleAsync(Run.Gen, (sampleStore, run) => RunAsync(sampleStore, run, (_, _) =>
            {
                met.UnionWith(sampleStore.Written.SelectMany(commit => commit.Entries).Select(entry => entry.Kind));
                return Task.CompletedTask;
            }));
        }
        while (Samples >= SamplesForFullCoverage && met.Count < kinds.Length && ++rounds < RoundsForFullCoverage);

        if (Samples >= SamplesForFullCoverage)
        {
            Assert.Equal(kinds, met.Order());
        }
    }

    /// <summary>Tries samples on one store. After a failure, each of the smaller samples that follow gets a new store.</summary>
    private async Task SampleAsync<T>(Gen<T> gen, Func<SampleStore, T, Task> run)
    {
        SampleStore? sampleStore = null;
        try
        {
            await gen.SampleAsync(TryAsync, iter: Samples, threads: 1);
            await sampleStore!.CheckRebuildAsync();
        }
        finally
        {
            await ClearAsync();
        }

        async Task TryAsync(T sample)
        {
            if (sampleStore is null)
            {
                sampleStore = new SampleStore(CreateHost());
                await sampleStore.Host.OpenAsync();
            }

            try
            {
                sampleStore.BeginSample();
                await run(sampleStore, sample);
            }
            catch
            {
                await ClearAsync();
                throw;
            }
        }

        async Task ClearAsync()
        {
            if (sampleStore is not null)
            {
                await sampleStore.DisposeAsync();
                sampleStore = null;
            }
        }
    }

    /// <summary>Carries out a run and checks everything at its end.</summary>
    /// <param name="sampleStore">The stage of the run.</param>
    /// <param name="run">The steps and bounds.</param>
    /// <param name="finish">Checks the ledger before it ends. It gets the balances that were read during the run.</param>
    private static async Task RunAsync(SampleStore sampleStore, Run run, Func<RunningLedger, IReadOnlyList<AccountBalance>, Task> finish)
    {
        Model model = new(() => sampleStore.Now, sampleStore.Account);
        List<AccountBalance> looks = [];
        List<(Command Command, Task<Outcome<Receipt>> Answer)> sent = [];
        bool isHeld = false;
        RunningLedger ledger = await RunningLedger.StartAsync(sampleStore.Host, run);
        try
        {
            foreach (Step step in run.Steps)
            {
                if (step is Await or AdvanceClock or ReadAccount or Restart)
                {
                    await CheckAnswersAsync(model, sent, looks);
                }

                switch (step)
                {
                    case Send or SendAboutOperation:
                        Command command = step is Send send ? sampleStore.Place(send.Command) : model.Resolve((SendAboutOperation)step);
                        Task<Outcome<Receipt>> answer = ledger.DoAsync(command);
                        sent.Add((command, answer));
                        if (step is SendAboutOperation)
                        {
                            // The partition reads the subject before it queues the command, so a command that is sent in
                            // that time could be decided first.
                            await answer;
                        }

                        break;
                    case AdvanceClock pass:
                        sampleStore.Host.Clock.Advance(TimeSpan.FromHours(pass.Hours));
                        break;
                    case ReadAccount look:
                        looks.Add(await model.CheckAccountAsync(ledger.Partition, isHeld ? null : ledger.Queries, sampleStore.Account(look.Account)));
                        break;
                    case HoldSnapshotWriter { IsHeld: true }:
                        ledger.AccountStore.Hold();
                        isHeld = true;
                        break;
                    case HoldSnapshotWriter { IsHeld: false }:
                        ledger.AccountStore.Release();
                        isHeld = false;
                        break;
                    case UnknownOutcome unsure:
                        ledger.Journal.Script(unsure.Fault);
                        break;
                    case Restart restart:
                        ledger = await RestartAsync(sampleStore.Host, ledger, run, restart);
                        isHeld = false;
                        break;
                }
            }

            await CheckAnswersAsync(model, sent, looks);
            // Commands may have shared a commit or may have been refused, so some faults may not have been used.
            ledger.Journal.DropScript();
            ledger.AccountStore.Release();
            await model.CheckAccountsAsync(ledger.Partition, ledger.Queries);
            await sampleStore.CheckAsync(ledger);
            await finish(ledger, looks);
        }
        finally
        {
            await ledger.StopAsync(inOrder: false);
        }
    }

    private static async Task CheckAnswersAsync(Model model, List<(Command Command, Task<Outcome<Receipt>> Answer)> sent, List<AccountBalance> looks)
    {
        foreach ((Command command, Task<Outcome<Receipt>> answer) in sent)
        {
            model.Check(command, await answer);
            if (command is EraseAccount && !(await answer).IsRefused)
            {
                // After the erasure, no query can read the earlier balances.
                looks.RemoveAll(look => look.Account == command.Account);
            }
        }

        sent.Clear();
    }

    /// <summary>Ends the process and opens the store in another one.</summary>
    private static async Task<RunningLedger> RestartAsync(StoreHost host, RunningLedger ledger, Run run, Restart restart)
    {
        await ledger.StopAsync(restart.InOrder);
        await host.OpenAsync();
        if (restart.KeepsAccountStore)
        {
            return await RunningLedger.StartAsync(host, run);
        }

        // This also rebuilds what all earlier samples have written, which would take long in small rounds.
        await host.AccountStore.ResetAsync(TestContext.Current.CancellationToken);
        return await RunningLedger.StartAsync(host, run with { RoundEntriesMax = new SnapshotWriterOptions().RoundEntriesMax });
    }
}

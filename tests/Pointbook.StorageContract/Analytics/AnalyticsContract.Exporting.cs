using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Journal;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract.Analytics;

/// <summary>This part: exporters, which fill the tables at the same time and whatever happens to the tables.</summary>
public abstract partial class AnalyticsContract
{
    private static readonly ExporterOptions FastOptions = new()
    {
        RoundEntriesMax = 3,
        Delay = TimeSpan.FromMilliseconds(10),
        LookInterval = TimeSpan.FromMilliseconds(10),
        RetryDelay = TimeSpan.FromMilliseconds(10),
    };

    [Fact]
    public async Task An_exporter_catches_up_with_the_journal_and_follows_it()
    {
        MemoryJournal journal = await JournalOfAsync(10);
        await using AnalyticsExport export = Export(journal, Place.Create());
        await WaitUntilExportedAsync();
        await AddAsync(journal, 5);
        await WaitUntilExportedAsync();
        await export.StopAsync();
        await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
    }

    [Fact]
    public async Task Two_exporters_of_two_processes_write_every_row_once()
    {
        MemoryJournal journal = await JournalOfAsync(60);
        await using AnalyticsExport one = Export(journal, Place.Create());
        await using AnalyticsExport other = Export(journal, Place.Create());
        for (int burst = 0; burst < 10; burst++)
        {
            await AddAsync(journal, 5);
            await WaitUntilExportedAsync();
        }

        await one.StopAsync();
        await other.StopAsync();
        await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
    }

    [Fact]
    public async Task After_a_restore_of_an_older_journal_the_tables_are_emptied_and_refilled()
    {
        MemoryJournal journal = await JournalOfAsync(10);
        await using (AnalyticsExport export = Export(journal, Place.Create()))
        {
            await WaitUntilExportedAsync();
        }

        // The backup has 4 of the commits, and different commits follow.
        MemoryJournal restored = new(TimeProvider.System);
        CommitChain chain = new(TimeProvider.System);
        for (int commit = 0; commit < 4; commit++)
        {
            Assert.Equal(AppendResult.Appended, await restored.AppendAsync(_chain.Commits[commit], Token));
        }

        List<Commit> commits = [.. _chain.Commits[..4]];
        commits.Add(chain.Seal(commits[^1].ToHead(), [Given.Credit(commits[^1].Last.Next, 99, "after")]));
        Assert.Equal(AppendResult.Appended, await restored.AppendAsync(commits[^1], Token));
        await using AnalyticsExport next = Export(restored, Place.Create());
        await Eventually.TrueAsync(async () => await ReadExportedAsync() == commits[^1].Last.Value);
        await next.StopAsync();
        await AnalyticsTables.AssertAreAsync(Place, await StoreAssert.ReadAllAsync(restored));
    }

    [Fact]
    public async Task Damaged_tables_are_emptied_and_refilled()
    {
        MemoryJournal journal = await JournalOfAsync(3);
        ScriptedLedger ledger = new(_chain);
        ledger.Add("spender", "DANNON", 10);
        await AppendAsync(journal, ledger.Commit());
        await using AnalyticsExport export = Export(journal, Place.Create());
        await WaitUntilExportedAsync();
        await Place.RunAsync("DELETE FROM lot");
        ledger.Spend("spender", 10);
        await AppendAsync(journal, ledger.Commit());
        await WaitUntilExportedAsync();
        await export.StopAsync();
        await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
    }

    [Fact]
    public async Task Deleting_the_position_refills_the_tables_while_the_server_runs()
    {
        MemoryJournal journal = await JournalOfAsync(10);
        await using AnalyticsExport export = Export(journal, Place.Create());
        await WaitUntilExportedAsync();
        await Place.RunAsync("UPDATE entry SET points = 4711");
        await Place.RunAsync("DELETE FROM export_position");
        await Eventually.TrueAsync(async () => await Place.CountAsync("SELECT count(*) FROM entry WHERE points = 4711") == 0);
        await WaitUntilExportedAsync();
        await export.StopAsync();
        await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
    }

    [Fact]
    public async Task An_exporter_that_is_stopped_at_any_time_leaves_only_complete_rounds()
    {
        MemoryJournal journal = await JournalOfAsync(200);
        Random random = new(20201102);
        for (int run = 0; run < 8; run++)
        {
            await using AnalyticsExport export = Export(journal, Place.Create());
            await Eventually.AtRandomAsync(random, TimeSpan.FromMilliseconds(60));
            await export.StopAsync();
            long reached = await ReadExportedAsync();
            if (reached > 0)
            {
                await AnalyticsTables.AssertAreAsync(Place, [.. _chain.Commits.Where(commit => commit.Last.Value <= reached)]);
            }
        }
    }

    /// <summary>Starts an exporter, as each process has one.</summary>
    private static AnalyticsExport Export(IJournal journal, IAnalyticsStore store)
    {
        AnalyticsExport export = new([new FollowedJournal(journal, new CommitSignal())], store, new AnalyticsParts { Clock = TimeProvider.System, Logger = NullLogger.Instance, Options = FastOptions });
        export.Start();
        return export;
    }

    private async Task<MemoryJournal> JournalOfAsync(int commits)
    {
        MemoryJournal journal = new(TimeProvider.System);
        await AddAsync(journal, commits);
        return journal;
    }

    private async Task AddAsync(MemoryJournal journal, int commits)
    {
        ScriptedLedger ledger = new(_chain);
        for (int commit = 0; commit < commits; commit++)
        {
            string account = $"account{_chain.Next}";
            ledger.Add(account, "DANNON", 10);
            ledger.Spend(account, 4);
            await AppendAsync(journal, ledger.Commit());
        }
    }

    private static async Task AppendAsync(MemoryJournal journal, Commit commit) => Assert.Equal(AppendResult.Appended, await journal.AppendAsync(commit, Token));

    private Task WaitUntilExportedAsync() => Eventually.TrueAsync(async () => await ReadExportedAsync() == _chain.Head.Last.Value);

    /// <summary>The last entry in the tables; 0 if the tables do not exist yet.</summary>
    private async Task<long> ReadExportedAsync()
    {
        try
        {
            return await Place.CountAsync("SELECT coalesce(max(last_sequence), 0) FROM export_position");
        }
        catch (System.Data.Common.DbException)
        {
            return 0;
        }
    }
}

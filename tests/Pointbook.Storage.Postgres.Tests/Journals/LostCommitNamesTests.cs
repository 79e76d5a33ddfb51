using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>
/// A reader reads a commit that no standby has yet, and a standby takes over without it. The names that the lost commit
/// introduced are not used for later entries.
/// </summary>
public sealed class LostCommitNamesTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_account_of_a_lost_commit_never_names_an_entry_of_another_account()
    {
        CommitChain lost = new(_host.Clock);
        CommitChain kept = new(_host.Clock);
        await AppendAsync(lost.Add([Given.Credit(lost.Next, account: "lost")]));
        StoreAssert.Equal(lost.Commits, await StoreAssert.ReadAllAsync(_host.Journal));
        await _host.Sql.RunAsync("DELETE FROM journal_commit");

        await AppendAsync(kept.Add([Given.Credit(kept.Next, account: "kept")]));
        await AppendAsync(kept.Add([Given.Credit(kept.Next, account: "kept")]));
        List<string> accounts = [];
        await foreach (Commit commit in new DurableJournalFeed([_host.Journal]).ReadCommitsAsync(0, new Sequence(1), Token))
        {
            accounts.AddRange(commit.Entries.Select(entry => entry.Account.Value));
        }

        Assert.Equal(["kept"], accounts);
    }

    private async Task AppendAsync(Commit commit) => Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));
}

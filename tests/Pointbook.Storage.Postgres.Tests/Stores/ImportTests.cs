using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>A store into which an operator copies a journal.</summary>
public sealed class ImportTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Until_the_copy_is_complete_only_commits_of_its_source_are_added()
    {
        PostgresStoreOptions options = new() { ConnectionStrings = [await (await shared.GetAsync()).CreateDatabaseAsync()], Partitions = 1 };
        CommitChain chain = new(TimeProvider.System);
        Commit copied = chain.AddCredits(5);
        Commit appended = chain.AddCredits(7);
        await using PostgresStore store = await PostgresStore.OpenForImportAsync(options, NullLogger.Instance, Token);
        IJournal journal = store.Partitions[0].Journal;
        Assert.True(await store.ImportAsync([copied], Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await journal.AppendAsync(appended, Token));
        Assert.Equal(copied.ToHead(), await journal.ReadHeadAsync(Token));

        await store.CompleteImportAsync(Token);
        Assert.Equal(AppendResult.Appended, await journal.AppendAsync(appended, Token));
    }
}

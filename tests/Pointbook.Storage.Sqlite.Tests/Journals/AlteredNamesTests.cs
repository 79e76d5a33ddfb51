using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>A name comes from a commit that was altered but kept its seal. The commit that needs the name is intact.</summary>
public sealed class AlteredNamesTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new();
    private CommitChain _chain = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        foreach (Commit commit in new[] { _chain.AddCredits(1), _chain.AddCredits(2), _chain.AddCredits(3) })
        {
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));
        }

        CommitBytes forged = ForgedCommits.Bytes(
            _chain.Commits[0].Bytes, new Sequence(1), new Sequence(1), new Sequence(1), entry => entry with { Account = Given.Account("mallory") });
        using Sql sql = new(_host.Files.Journal);
        sql.SetCommit(new Sequence(1), "body", forged.Body.ToArray());
        sql.SetCommit(new Sequence(1), "texts", forged.Texts.ToArray());
        await _host.OpenAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_feed_never_shows_an_entry_under_another_account()
    {
        DurableJournalFeed feed = new([_host.Journal]);
        await Assert.ThrowsAsync<JournalDamagedException>(async () =>
        {
            await foreach (Commit commit in feed.ReadCommitsAsync(0, new Sequence(1), Token))
            {
                Assert.Equal(_chain.Commits[0].Entries[0].Account, commit.Entries[0].Account);
            }
        });
    }

    [Fact]
    public async Task Entries_are_never_read_as_those_of_another_account()
    {
        EntryRange range = new(new Sequence(2), new Sequence(2));
        await Assert.ThrowsAsync<JournalDamagedException>(async () => await _host.Journal.ReadEntriesAsync([range], Token));
    }
}

using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>If one text of an entry is damaged, commits that need a name from this entry are still readable.</summary>
public sealed class HalfNamesTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_commit_can_be_read_even_if_the_entry_that_introduced_its_actor_has_a_damaged_reference()
    {
        CommitChain chain = new(_host.Clock);
        Commit damaged = chain.Add(
        [
            Given.Credit(new Sequence(1), account: "first"),
            Given.Credit(new Sequence(2), account: "second") with { Origin = new Origin { Reference = "order 4711", Actor = "till 3" } },
        ]);
        Commit whole = chain.Add([Given.Credit(new Sequence(3), account: "second") with { Origin = new Origin { Actor = "till 3" } }]);
        foreach (Commit commit in chain.Commits)
        {
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));
        }

        byte[] texts = damaged.Bytes.Texts.ToArray();
        texts[texts.AsSpan().IndexOf("order 4711"u8)] ^= 1;
        await _host.Sql.RunAsync("UPDATE journal_commit SET texts = $1 WHERE last_sequence = $2", texts, damaged.Last.Value);

        EntryRange last = new(whole.First, whole.Last);
        Assert.Equal(whole.Entries, await _host.Journal.ReadEntriesAsync([last], Token));

        await _host.OpenAsync();
        _ = await Record.ExceptionAsync(async () => await _host.Journal.ReadEntriesAsync(
            [new EntryRange(new Sequence(1), new Sequence(1)), new EntryRange(new Sequence(2), new Sequence(2))], Token));
        Assert.Equal(whole.Entries, await _host.Journal.ReadEntriesAsync([last], Token));
    }
}

using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Analytics;

/// <summary>What every store of analytics tables must do. A store's tests inherit it.</summary>
/// <remarks>This part: sequential rounds.</remarks>
public abstract partial class AnalyticsContract : IAsyncLifetime
{
    private const int Partition = 0;

    private readonly CommitChain _chain = new(TimeProvider.System);
    private AnalyticsPlace? _place;
    private IAnalyticsStore? _store;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected AnalyticsPlace Place => _place ?? throw new InvalidOperationException("The test has not begun.");

    private IAnalyticsStore Store => _store ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync()
    {
        _place = await CreatePlaceAsync();
        _store = _place.Create();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Place.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a place without tables.</summary>
    protected abstract Task<AnalyticsPlace> CreatePlaceAsync();

    /// <summary>The store of a ledger whose journal is exported to such tables.</summary>
    protected abstract StoreHost CreateHost();

    [Fact]
    public async Task After_every_kind_of_operation_the_tables_agree_with_the_ledger()
    {
        ScriptedLedger ledger = new(_chain);
        List<Action> acts =
        [
            () => ledger.Add("alice", "DANNON", 300, day: 2),
            () => ledger.Add("alice", "DANNON", -200),
            () => ledger.Add("alice", "UNILEVER", 500, day: 1, expiresIn: TimeSpan.FromDays(90)),
            () => ledger.Add("bob", "DANNON", 70, key: "one"),
            () => ledger.Spend("alice", 550),
            () => ledger.Reverse("alice", ledger.LastOperation("alice")),
            () => ledger.Hold("alice", 400),
            () => ledger.Capture("alice", ledger.LastOperation("alice")),
            () => ledger.Hold("bob", 70),
            () => ledger.Flush("alice"),
            () => ledger.Restore("alice", ledger.LastOperation("alice")),
            () => ledger.Flush("bob"),
            () => ledger.Add("bob", "UNILEVER", 5),
        ];
        foreach (Action act in acts)
        {
            act();
            Assert.True(await ApplyAsync(ledger.Commit()));
            await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Holds_follow_captures_reversals_their_ends_flushes_and_restores(bool isOneRound)
    {
        ScriptedLedger ledger = new(_chain);
        List<Action> acts =
        [
            () => ledger.Add("alice", "DANNON", 60),
            () => ledger.Add("alice", "UNILEVER", 90, day: 1),
            () => ledger.Add("alice", "DANNON", 300, day: 2),
            // This one draws from three lots of two payers.
            () => ledger.Hold("alice", 200),
            () => ledger.Hold("alice", 10),
            () => ledger.Hold("alice", 11),
            () => ledger.Hold("alice", 12, TimeSpan.FromMinutes(1)),
            () => ledger.Capture("alice", ledger.OperationsOf("alice", EntryKind.Spend)[1]),
            () => ledger.Reverse("alice", ledger.OperationsOf("alice", EntryKind.Spend)[2]),
            () => ledger.Flush("alice"),
            () => ledger.Restore("alice", ledger.LastOperation("alice")),
            () => ledger.Flush("alice"),
            () => ledger.Restore("alice", ledger.LastOperation("alice")),
            () => ledger.Reverse("alice", ledger.OperationsOf("alice", EntryKind.Spend)[0]),
            () => ledger.Hold("alice", 5),
            () => ledger.Flush("alice"),
            () => ledger.Add("alice", "DANNON", 1),
        ];
        foreach (Action act in acts)
        {
            act();
            Commit commit = ledger.Commit();
            if (!isOneRound)
            {
                Assert.True(await ApplyAsync(commit));
                await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
            }
        }

        if (isOneRound)
        {
            Assert.True(await ApplyAsync([.. _chain.Commits]));
            await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
        }
    }

    [Fact]
    public async Task A_hold_is_listed_by_payer_until_the_server_records_its_end()
    {
        FakeTimeProvider clock = new(Given.Time.ToDateTimeOffset());
        ScriptedLedger ledger = new(new CommitChain(clock));
        ledger.Add("alice", "DANNON", 60);
        ledger.Add("alice", "UNILEVER", 90, day: 1);
        ledger.Add("alice", "DANNON", 300, day: 2);
        Sequence spend = ledger.Hold("alice", 200, TimeSpan.FromHours(1));
        Assert.True(await ApplyAsync(ledger.Commit()));
        Assert.Equal(["DANNON|110", "UNILEVER|90"], await ReadAsync("SELECT payer, points FROM hold ORDER BY payer"));
        Assert.Equal([$"alice|{new EntryId(Partition, spend)}|200"], await ReadAsync("SELECT account, id, points FROM pending_spend"));

        clock.Advance(TimeSpan.FromHours(2));
        ledger.Sweep("alice");
        Assert.True(await ApplyAsync(ledger.Commit()));
        Assert.Empty(await ReadAsync("SELECT * FROM pending_spend"));
        Assert.Equal(450, await Place.CountAsync("SELECT sum(points) FROM balance"));

        async Task<IEnumerable<string>> ReadAsync(string sql) => (await Place.QueryAsync(sql)).Select(row => string.Join('|', row));
    }

    [Fact]
    public async Task A_round_of_many_commits_equals_one_round_per_commit()
    {
        ScriptedLedger ledger = new(_chain);
        ledger.Add("alice", "DANNON", long.MaxValue - 10);
        Commit[] first = [ledger.Commit()];
        ledger.Flush("alice");
        ledger.Add("alice", "DANNON", 300);
        ledger.Commit();
        ledger.Add("alice", "DANNON", -100);
        ledger.Flush("alice");
        ledger.Commit();
        ledger.Restore("alice", ledger.LastOperation("alice"));
        ledger.Spend("alice", 150);
        ledger.Commit();
        Assert.True(await ApplyAsync(first));
        Assert.True(await ApplyAsync([.. _chain.Commits.Skip(1)]));
        await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
    }

    [Fact]
    public async Task Texts_and_times_are_stored_unchanged()
    {
        Commit commit = _chain.Add(
        [
            Given.Credit(new Sequence(1), 5, "ann@1", "MÜLLER 'x'") with
            {
                OccurredAt = Instant.MinValue,
                ExpiresAt = Instant.MaxValue,
                Origin = new Origin { Reference = "order \"1\"", Reason = "goodwill; ☃", Actor = "jwt:till 3" },
            },
        ]);
        Assert.True(await ApplyAsync(commit));
        await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
        Assert.Equal(["ann@1", "order \"1\"", "goodwill; ☃", "jwt:till 3"], (await Place.QueryAsync("SELECT account, reference, reason, actor FROM history"))[0]);
    }

    [Fact]
    public async Task The_history_view_names_the_operation_that_another_one_is_about()
    {
        ScriptedLedger ledger = new(_chain);
        ledger.Add("alice", "DANNON", 10);
        ledger.Spend("alice", 4);
        string spend = new EntryId(Partition, ledger.LastOperation("alice")).ToString();
        ledger.Reverse("alice", ledger.LastOperation("alice"));
        Assert.True(await ApplyAsync(ledger.Commit()));
        Assert.Equal(
            ["credit/10/10/", "spend/-4/6/", $"reversal/4/10/{spend}"],
            (await Place.QueryAsync("SELECT kind, points, balance_after, subject_id FROM history WHERE account = 'alice' ORDER BY sequence")).Select(row => string.Join('/', row)));
    }

    [Fact]
    public async Task A_round_that_does_not_begin_at_the_position_writes_nothing()
    {
        _chain.AddCredits(1);
        _chain.AddCredits(2);
        Assert.True(await ApplyAsync(_chain.Commits[0]));
        Assert.False(await Store.ApplyAsync(AnalyticsRound.From(AnalyticsPosition.Start, _chain.Commits), Token));
        AnalyticsPosition elsewhere = new(_chain.Commits[0].Last, Given.Hash(9), IsEmptying: false);
        Assert.False(await Store.ApplyAsync(AnalyticsRound.From(elsewhere, [_chain.Commits[1]]), Token));
        await AnalyticsTables.AssertAreAsync(Place, [_chain.Commits[0]]);
    }

    [Fact]
    public async Task The_position_survives_a_restart()
    {
        Assert.True(await ApplyAsync(_chain.AddCredits(1, 2)));
        await Store.DisposeAsync();
        _store = Place.Create();
        Assert.Equal(new AnalyticsPosition(_chain.Head.Last, _chain.Head.Seal, IsEmptying: false), await Store.ReadPositionAsync(Partition, Token));
    }

    [Fact]
    public async Task Emptied_tables_are_refilled_from_the_first_entry()
    {
        Assert.True(await ApplyAsync(_chain.AddCredits(1, 2)));
        while (!await Store.EmptyAsync(Partition, Token))
        {
            // The store accepts no rounds until all rows are deleted.
            Assert.True((await Store.ReadPositionAsync(Partition, Token)).IsEmptying);
            Assert.False(await Store.ApplyAsync(AnalyticsRound.From(AnalyticsPosition.Start, _chain.Commits), Token));
        }

        await AnalyticsTables.AssertAreAsync(Place, []);
        Assert.True(await ApplyAsync(_chain.Commits[0]));
        await AnalyticsTables.AssertAreAsync(Place, _chain.Commits);
    }

    [Fact]
    public async Task A_deleted_position_causes_the_tables_to_be_emptied()
    {
        Assert.True(await ApplyAsync(_chain.AddCredits(1, 2)));
        await Place.RunAsync("DELETE FROM export_position");
        Assert.True((await Store.ReadPositionAsync(Partition, Token)).IsEmptying);
        Assert.False(await Store.ApplyAsync(AnalyticsRound.From(AnalyticsPosition.Start, _chain.Commits), Token));
    }

    [Fact]
    public async Task The_next_process_recreates_tables_of_another_version()
    {
        Assert.True(await ApplyAsync(_chain.AddCredits(1, 2)));
        await Place.RunAsync("UPDATE export_schema SET version = 99");
        await using IAnalyticsStore next = Place.Create();
        Assert.True((await next.ReadPositionAsync(Partition, Token)).IsEmptying);
        Assert.Equal(0, await Place.CountAsync("SELECT count(*) FROM entry"));
    }

    [Fact]
    public async Task Tables_of_another_program_are_not_changed()
    {
        await Place.RunAsync("CREATE TABLE account (name TEXT)");
        await Place.RunAsync("INSERT INTO account VALUES ('precious')");
        await Assert.ThrowsAnyAsync<StorageFailureException>(async () => await Store.ReadPositionAsync(Partition, Token));
        Assert.Equal("precious", Assert.Single(await Place.QueryAsync("SELECT name FROM account"))[0]);
    }

    [Theory]
    [InlineData("UPDATE lot SET remaining = 0")]
    [InlineData("DELETE FROM lot")]
    [InlineData("UPDATE account_balance SET points = 0")]
    [InlineData("INSERT INTO account (partition, opening, account) VALUES (0, 2, 'x')")]
    public async Task Altered_rows_that_do_not_fit_a_round_are_detected_and_nothing_is_written(string change)
    {
        ScriptedLedger ledger = new(_chain);
        ledger.Add("alice", "DANNON", 10);
        Assert.True(await ApplyAsync(ledger.Commit()));
        await Place.RunAsync(change);
        ledger.Add("bob", "DANNON", 10);
        ledger.Spend("alice", 10);
        await Assert.ThrowsAsync<AnalyticsDamagedException>(async () => await ApplyAsync(ledger.Commit()));
        Assert.Equal(1, await Place.CountAsync("SELECT count(*) FROM entry"));
        Assert.Equal(1, await Place.CountAsync("SELECT last_sequence FROM export_position"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_erasure_overwrites_only_the_texts_of_one_account(bool isOneRound)
    {
        Commit written = _chain.Add([Named(1, "anna.eins"), Named(2, "bert.zwei")]);
        Commit erased = _chain.Add(
        [
            new Entry
            {
                Sequence = new Sequence(3), Kind = EntryKind.Erasure, Account = Given.Account("anna.eins"), PreviousOperation = new Sequence(1), BalanceBefore = new Points(7),
                Operation = new Sequence(3), Origin = new Origin { Reference = "ticket", Reason = "asked", Actor = "support" },
            },
        ]);
        Assert.True(isOneRound ? await ApplyAsync(written, erased) : await ApplyAsync(written) && await ApplyAsync(erased));
        Assert.Equal(
            [
                "|||actor of anna.eins|7",
                "bert.zwei|reference of bert.zwei|reason of bert.zwei|actor of bert.zwei|7",
                "|ticket|asked|support|0",
            ],
            (await Place.QueryAsync("SELECT account, reference, reason, actor, points FROM history ORDER BY sequence")).Select(row => string.Join('|', row)));
        Assert.Equal(14, await Place.CountAsync("SELECT sum(points) FROM balance"));
        if (Place.ReadBytes() is { } stored)
        {
            Assert.Equal(-1, stored.AsSpan().IndexOf("reference of anna.eins"u8));
            Assert.NotEqual(-1, stored.AsSpan().IndexOf("bert.zwei"u8));
        }
    }

    private static Entry Named(long sequence, string account) => Given.Credit(new Sequence(sequence), 7, account) with
    {
        Origin = new Origin { Reference = $"reference of {account}", Reason = $"reason of {account}", Actor = $"actor of {account}" },
    };

    /// <summary>Writes commits after the existing ones. It first empties new tables, as an exporter does.</summary>
    private async Task<bool> ApplyAsync(params Commit[] commits)
    {
        AnalyticsPosition position = await Store.ReadPositionAsync(Partition, Token);
        while (position.IsEmptying)
        {
            await Store.EmptyAsync(Partition, Token);
            position = await Store.ReadPositionAsync(Partition, Token);
        }

        return await Store.ApplyAsync(AnalyticsRound.From(position, commits), Token);
    }
}

using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>What every read model must do. A store's tests inherit it.</summary>
/// <remarks>This part: positions and generations.</remarks>
public abstract partial class ReadModelContract : IAsyncLifetime
{
    private StoreHost? _host;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected StoreHost Host => _host ?? throw new InvalidOperationException("The test has not begun.");

    private IReadModel Model => Host.ReadModel;

    private CommitChain Chain { get; set; } = new(TimeProvider.System);

    private ScriptedLedger Ledger { get; set; } = new(new CommitChain(TimeProvider.System));

    public async ValueTask InitializeAsync()
    {
        _host = CreateHost();
        Chain = new CommitChain(_host.Clock);
        Ledger = new ScriptedLedger(Chain);
        await _host.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract StoreHost CreateHost();

    [Fact]
    public async Task A_new_read_model_has_no_generation_and_serves_nothing()
    {
        Assert.Equal(new ReadModelState(null, null), await Model.ReadStateAsync(Token));
        await Assert.ThrowsAsync<ReadModelBehindException>(async () => await Model.ListPayersAsync(new PayerQuery(1), Token));
        await Assert.ThrowsAsync<ReadModelBehindException>(async () => await Model.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token));
    }

    [Fact]
    public async Task A_generation_is_served_once_it_is_finished()
    {
        ReadModelGeneration building = (await Model.BeginBuildAsync(Token))!;
        Assert.Equal((default, null), (building.Position, building.Damage));
        Assert.Equal(new ReadModelState(null, building), await Model.ReadStateAsync(Token));
        Commit commit = Credit(5);
        Assert.True(await Model.ApplyAsync(building, ReadModelRound.From([commit]), Token));
        await Assert.ThrowsAsync<ReadModelBehindException>(async () => await Model.ListPayersAsync(new PayerQuery(1), Token));

        Assert.True(await Model.FinishBuildAsync(building, Token));
        Assert.False(await Model.FinishBuildAsync(building, Token));
        ReadModelPosition position = new(commit.Last, commit.Seal);
        Assert.Equal(new ReadModelState(building with { Position = position }, null), await Model.ReadStateAsync(Token));
        PayerTotals totals = await Model.ListPayersAsync(new PayerQuery(1), Token);
        Assert.Equal((position, 5), (totals.Position, (int)Assert.Single(totals.Payers).Points));
        PayerDays days = await Model.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token);
        Assert.Equal((position, 5), (days.Position, (int)days.Total!.Points));
        Assert.Null((await Model.ReadDaysAsync(Given.Payer("nobody"), DateOnly.MaxValue, Token)).Total);
    }

    [Fact]
    public async Task A_round_is_accepted_only_if_it_begins_at_the_position_and_its_seal()
    {
        Commit[] commits = [Credit(1), Credit(2), Credit(4)];
        await AddAsync(commits[0]);
        ReadModelGeneration first = await Model.ServingAsync();
        Assert.False(await Model.ApplyAsync(first, ReadModelRound.From(commits[..1]), Token));
        Assert.False(await Model.ApplyAsync(first, ReadModelRound.From(commits[..2]), Token));
        Assert.False(await Model.ApplyAsync(first, ReadModelRound.From(commits[2..]), Token));
        ReadModelRound elsewhere = new(first.Position with { Seal = commits[2].Seal });
        Assert.False(await Model.ApplyAsync(first, elsewhere, Token));
        Assert.True(await Model.ApplyAsync(first, ReadModelRound.From(commits[1..]), Token));
        Assert.False(await Model.ApplyAsync(first, ReadModelRound.From(commits[1..]), Token));
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task A_damaged_generation_is_served_until_the_new_one_is_finished()
    {
        Commit[] commits = [Credit(1), Credit(2), Credit(4)];
        await AddAsync(commits[0]);
        ReadModelGeneration old = await Model.ServingAsync();
        Assert.Null(await Model.BeginBuildAsync(Token));
        await Model.MarkDamagedAsync(old, "it was marked", Token);
        await Model.MarkDamagedAsync(old, "it was marked again", Token);
        Assert.Equal("it was marked", (await Model.ServingAsync()).Damage);
        Assert.False(await Model.ApplyAsync(old, ReadModelRound.From(commits[1..2]), Token));
        Assert.True((await Model.ReadStateAsync(Token)).NeedsBuild);

        ReadModelGeneration building = (await Model.BeginBuildAsync(Token))!;
        Assert.True(building.Number > old.Number);
        Assert.Equal(building, await Model.BeginBuildAsync(Token));
        Assert.True(await Model.ApplyAsync(await Model.ServingAsync(), ReadModelRound.From(commits[1..2]), Token));
        Assert.True(await Model.ApplyAsync(building, ReadModelRound.From(commits), Token));
        Assert.Equal(3, (int)Assert.Single((await Model.ListPayersAsync(new PayerQuery(1), Token)).Payers).Points);

        Assert.True(await Model.FinishBuildAsync(building, Token));
        Assert.Equal(7, (int)Assert.Single((await Model.ListPayersAsync(new PayerQuery(1), Token)).Payers).Points);
        ReadModelState state = await Model.ReadStateAsync(Token);
        Assert.Equal((building.Number, null, null), (state.Serving?.Number, state.Serving?.Damage, state.Building));
        Assert.False(await Model.ApplyAsync(old, ReadModelRound.From(commits[2..]), Token));
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task Generations_and_marks_survive_closing_and_reopening()
    {
        Commit[] commits = [Credit(1), Credit(2)];
        await AddAsync(commits[0]);
        await Model.MarkDamagedAsync(await Model.ServingAsync(), "it was marked", Token);
        ReadModelGeneration building = (await Model.BeginBuildAsync(Token))!;
        Assert.True(await Model.ApplyAsync(building, ReadModelRound.From(commits[..1]), Token));
        ReadModelState before = await Model.ReadStateAsync(Token);
        await Host.OpenAsync();
        Assert.Equal(before, await Model.ReadStateAsync(Token));
        Assert.Single((await Model.ListPayersAsync(new PayerQuery(1), Token)).Payers);

        Assert.True(await Model.ApplyAsync(before.Building!, ReadModelRound.From(commits[1..]), Token));
        Assert.True(await Model.FinishBuildAsync(building, Token));
        await Host.OpenAsync();
        Assert.Null((await Model.ReadStateAsync(Token)).Building);
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task An_abandoned_generation_leaves_nothing_and_accepts_nothing()
    {
        Commit commit = Credit(1);
        await AddAsync(commit);
        ReadModelGeneration serving = await Model.ServingAsync();
        await Model.MarkDamagedAsync(serving, "it was marked", Token);
        serving = await Model.ServingAsync();
        ReadModelGeneration building = (await Model.BeginBuildAsync(Token))!;
        await Model.AbandonAsync(building, Token);
        await Model.AbandonAsync(building, Token);
        Assert.False(await Model.ApplyAsync(building, ReadModelRound.From([commit]), Token));
        Assert.False(await Model.FinishBuildAsync(building, Token));
        Assert.Equal(new ReadModelState(serving, null), await Model.ReadStateAsync(Token));

        await Model.AbandonAsync(serving, Token);
        Assert.Equal(new ReadModelState(null, null), await Model.ReadStateAsync(Token));
        await Assert.ThrowsAsync<ReadModelBehindException>(async () => await Model.ListPayersAsync(new PayerQuery(1), Token));
        await AddAsync(commit);
        Assert.True((await Model.ServingAsync()).Number > building.Number);
        Assert.Equal(3, new[] { serving.Id, building.Id, (await Model.ServingAsync()).Id }.Distinct().Count());
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task What_generations_that_no_longer_exist_have_left_is_deleted_and_nothing_else()
    {
        Commit[] commits = [Credit(1), Credit(2)];
        Assert.False(await Model.DeletePieceAsync(Token));
        await AddAsync(commits[0]);
        await ReplaceAsync(commits[..1]);
        await Model.MarkDamagedAsync(await Model.ServingAsync(), "it was marked", Token);
        ReadModelGeneration building = (await Model.BeginBuildAsync(Token))!;
        Assert.True(await Model.ApplyAsync(building, ReadModelRound.From(commits[..1]), Token));
        await DeleteAllAsync();
        Assert.Equal(2, await Host.CountGenerationsAsync());
        Assert.Single((await Model.ListPayersAsync(new PayerQuery(1), Token)).Payers);

        await Model.AbandonAsync(building, Token);
        await DeleteAllAsync();
        Assert.Equal(1, await Host.CountGenerationsAsync());
        await ReplaceAsync(commits);
        await DeleteAllAsync();
        Assert.Equal(1, await Host.CountGenerationsAsync());
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task A_build_without_space_says_so_and_gives_back_everything_while_the_old_generation_goes_on()
    {
        Commit[] commits = [Credit(1), Credit(2), Credit(4)];
        await AddAsync(commits[0]);
        await Model.MarkDamagedAsync(await Model.ServingAsync(), "it was marked", Token);
        ReadModelGeneration building = (await Model.BeginBuildAsync(Token))!;
        Assert.True(await Model.ApplyAsync(building, ReadModelRound.From(commits[..1]), Token));
        ReadModelState before = await Model.ReadStateAsync(Token);
        await using (await Host.FillAsync())
        {
            await Assert.ThrowsAsync<ReadModelFullException>(async () => await Model.ApplyAsync(before.Building!, ReadModelRound.From(commits[1..2]), Token));
            Assert.True(await Model.ApplyAsync(before.Serving!, ReadModelRound.From(commits[1..2]), Token));
        }

        Assert.Equal(before.Building, (await Model.ReadStateAsync(Token)).Building);
        await Model.AbandonAsync(building, Token);
        await DeleteAllAsync();
        await Model.ReclaimSpaceAsync(Token);
        Assert.Equal(1, await Host.CountGenerationsAsync());
        await ReplaceAsync(commits);
        await AssertIsJournalAsync();
    }

    [Fact]
    public async Task A_cancelled_caller_reads_and_writes_nothing()
    {
        Commit commit = Credit(1);
        await AddAsync(commit);
        ReadModelGeneration serving = await Model.ServingAsync();
        using CancellationTokenSource givenUp = new();
        await givenUp.CancelAsync();
        Func<Task>[] calls =
        [
            async () => await Model.ReadStateAsync(givenUp.Token),
            async () => await Model.ApplyAsync(serving, ReadModelRound.From([commit]), givenUp.Token),
            async () => await Model.MarkDamagedAsync(serving, "it was marked", givenUp.Token),
            async () => await Model.BeginBuildAsync(givenUp.Token),
            async () => await Model.AbandonAsync(serving, givenUp.Token),
            async () => await Model.ListPayersAsync(new PayerQuery(1), givenUp.Token),
            async () => await Model.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, givenUp.Token),
        ];
        foreach (Func<Task> call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(call);
        }

        Assert.Equal(new ReadModelState(serving, null), await Model.ReadStateAsync(Token));
        Assert.Single((await Model.ListPayersAsync(new PayerQuery(1), Token)).Payers);
    }

    private Commit Credit(long points)
    {
        Ledger.Add("a", "P", points);
        return Ledger.Commit();
    }

    /// <summary>Replaces the generation that answers queries by a new one.</summary>
    private async Task ReplaceAsync(IReadOnlyList<Commit> commits)
    {
        await Model.MarkDamagedAsync(await Model.ServingAsync(), "it was marked", Token);
        ReadModelGeneration building = (await Model.BeginBuildAsync(Token))!;
        Assert.True(await Model.ApplyAsync(building, ReadModelRound.From(commits), Token));
        Assert.True(await Model.FinishBuildAsync(building, Token));
    }

    private async Task DeleteAllAsync()
    {
        while (await Model.DeletePieceAsync(Token))
        {
        }
    }

    private Task AddAsync(params Commit[] commits) => Model.AddAsync(commits);

    /// <summary>Asserts that the sums match all commits so far.</summary>
    private async Task AssertIsJournalAsync()
    {
        Assert.Equal((Chain.Head.Last, Chain.Head.Seal), ((await Model.ServingAsync()).Position.Last, (await Model.ServingAsync()).Position.Seal));
        StoreAssert.Equal(Expected.Sums(Chain.Commits), await Host.ReadSumsAsync());
    }
}

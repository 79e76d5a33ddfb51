using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>A transaction on one generation of the read model delays nothing on another one, however long it takes.</summary>
public sealed class ReadModelLockTests : IAsyncLifetime
{
    private const int Rounds = 200;

    private readonly SqliteHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task While_another_program_locks_the_file_of_a_build_the_old_generation_takes_rounds_and_tells_its_state()
    {
        IReadModel model = _host.ReadModel;
        CommitChain chain = new(TimeProvider.System);
        chain.AddCredits(1);
        await model.AddAsync(chain.Commits);
        await model.MarkDamagedAsync(await model.ServingAsync(), "scripted", Token);
        ReadModelGeneration building = (await model.BeginBuildAsync(Token))!;
        using Sql program = new(ReadModelPaths.Of(_host.Files.Path, building.Number));
        program.Run("BEGIN IMMEDIATE");
        Task<bool> round = Task.Factory.StartNew(
            () => model.ApplyAsync(building, ReadModelRound.From(chain.Commits[..1]), Token).AsTask(), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        for (int number = 0; number < Rounds; number++)
        {
            Commit next = chain.AddCredits(1);
            Assert.True(await model.ApplyAsync(await model.ServingAsync(), ReadModelRound.From([next]), Token));
            ReadModelState state = await model.ReadStateAsync(Token);
            Assert.Equal((next.Last, building), (state.Serving!.Position.Last, state.Building));
        }

        Assert.False(round.IsCompleted, "The lock of the other program ended the round of the build, and everything waited for that.");
        program.Run("ROLLBACK");
        Assert.True(await round);
        Assert.Equal(chain.Commits[0].Last, (await model.ReadStateAsync(Token)).Building!.Position.Last);
    }
}

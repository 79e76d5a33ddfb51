using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;

namespace Pointbook.StorageContract.Support;

/// <summary>Drives a read model as the loop of a partition does, step by step.</summary>
public static class ReadModels
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Returns the generation that answers queries. If none exists, begins and finishes one.</summary>
    public static async Task<ReadModelGeneration> ServingAsync(this IReadModel model)
    {
        ReadModelState state = await model.ReadStateAsync(Token);
        if (state.Serving is null)
        {
            ReadModelGeneration? building = await model.BeginBuildAsync(Token);
            Assert.NotNull(building);
            Assert.True(await model.FinishBuildAsync(building, Token));
            state = await model.ReadStateAsync(Token);
        }

        return state.Serving!;
    }

    /// <summary>Adds commits in one round to the generation that answers queries.</summary>
    public static async Task AddAsync(this IReadModel model, IReadOnlyList<Commit> commits) =>
        Assert.True(await model.ApplyAsync(await model.ServingAsync(), ReadModelRound.From(commits), Token));
}

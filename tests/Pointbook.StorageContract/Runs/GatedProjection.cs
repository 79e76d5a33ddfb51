using Pointbook.Engine.Projection;

namespace Pointbook.StorageContract.Runs;

/// <summary>A projection whose rounds can be held up.</summary>
/// <param name="inner">The projection behind.</param>
public sealed class GatedProjection(IProjection inner) : IProjection
{
    private volatile TaskCompletionSource _gate = Opened();

    /// <summary>Holds up the rounds from the next one on.</summary>
    public void Hold()
    {
        if (_gate.Task.IsCompleted)
        {
            _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets them go on.</summary>
    public void Release() => _gate.TrySetResult();

    public ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken) => inner.ReadPositionAsync(cancellationToken);

    public IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken) => inner.LoadAsync(request, cancellationToken);

    public async ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        await _gate.Task;
        return await inner.ApplyAsync(round, cancellationToken);
    }

    public ValueTask ResetAsync(CancellationToken cancellationToken) => inner.ResetAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static TaskCompletionSource Opened()
    {
        TaskCompletionSource gate = new();
        gate.SetResult();
        return gate;
    }
}

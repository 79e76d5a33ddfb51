namespace Pointbook.Engine.Tests.Support;

/// <summary>Waits for what another thread is about to do.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition)
    {
        using CancellationTokenSource tooLong = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        tooLong.CancelAfter(Deadline);
        while (!condition())
        {
            await Task.Delay(1, tooLong.Token);
        }
    }
}


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

    /// <summary>Asks again and again until the answer is not a refusal.</summary>
    public static async Task AnsweredAsync<T>(Func<Task<Outcome<T>>> ask)
        where T : class
    {
        using CancellationTokenSource tooLong = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        tooLong.CancelAfter(Deadline);
        while ((await ask()).IsRefused)
        {
            await Task.Delay(1, tooLong.Token);
        }
    }
}

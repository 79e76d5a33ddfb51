using System.Diagnostics;

namespace Pointbook.Simulation.Tests.Support;

/// <summary>Waits for what has to come true by itself.</summary>
internal static class Eventually
{
    /// <summary>Asks again and again.</summary>
    /// <param name="holds">What to ask.</param>
    /// <param name="deadline">After how long the test has failed.</param>
    /// <param name="otherwise">What to say then.</param>
    public static async Task TrueAsync(Func<Task<bool>> holds, TimeSpan deadline, Func<string> otherwise)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(begin) > deadline)
            {
                Assert.Fail(otherwise());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }
    }
}

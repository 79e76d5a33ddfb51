using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pointbook.Tests;

/// <summary>Only here do tests let time pass. They wait until a condition is true, within a bound, or until a random moment at which they break something.</summary>
internal static partial class Eventually
{
    private static readonly TimeSpan WithinMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until a condition is true.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="condition">The text of the condition, for the message.</param>
    public static Task TrueAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string condition = "") =>
        TrueAsync(() => Task.FromResult(holds()), condition);

    /// <summary>Waits until a condition is true.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="condition">The text of the condition, for the message.</param>
    public static Task TrueAsync(Func<Task<bool>> holds, [CallerArgumentExpression(nameof(holds))] string condition = "") =>
        TrueAsync(holds, WithinMax, () => condition);

    /// <summary>Waits until a condition is true.</summary>
    /// <param name="holds">The condition. The test checks it once more after the bound.</param>
    /// <param name="within">How long the wait may take.</param>
    /// <param name="otherwise">Returns the message for a wait that takes longer.</param>
    public static async Task TrueAsync(Func<Task<bool>> holds, TimeSpan within, Func<string> otherwise)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            bool isLate = Stopwatch.GetElapsedTime(begin) > within;
            if (await holds())
            {
                return;
            }

            if (isLate)
            {
                throw new TimeoutException($"Not true within {within}: {otherwise()}");
            }

            await Task.Delay(LookInterval, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for a random moment, so that the test does not always break something at the same place.</summary>
    /// <param name="random">The source of random numbers.</param>
    /// <param name="longest">The longest wait.</param>
    /// <param name="shortest">The shortest wait.</param>
    public static Task AtRandomAsync(Random random, TimeSpan longest, TimeSpan shortest = default) =>
        Task.Delay(shortest + ((longest - shortest) * random.NextDouble()), TestContext.Current.CancellationToken);
}

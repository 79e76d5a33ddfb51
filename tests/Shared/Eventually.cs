using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Pointbook.Tests;

/// <summary>The one place in which tests let time pass: until something is true, with a bound, or until a random moment at which they break something.</summary>
internal static partial class Eventually
{
    private static readonly TimeSpan WithinMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until a condition is true.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="condition">Its text, for the message.</param>
    public static Task TrueAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string condition = "") =>
        TrueAsync(() => Task.FromResult(holds()), condition);

    /// <summary>Waits until a condition is true.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="condition">Its text, for the message.</param>
    public static Task TrueAsync(Func<Task<bool>> holds, [CallerArgumentExpression(nameof(holds))] string condition = "") =>
        TrueAsync(holds, WithinMax, () => condition);

    /// <summary>Waits until a condition is true.</summary>
    /// <param name="holds">The condition. It is looked at once more after the bound.</param>
    /// <param name="within">How long it may take.</param>
    /// <param name="otherwise">What to say if it takes longer.</param>
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

    /// <summary>Waits for a moment of chance, so that what is broken then is not always broken at the same place.</summary>
    /// <param name="random">The chance.</param>
    /// <param name="longest">How far away the moment may be.</param>
    /// <param name="shortest">How far away it is at least.</param>
    public static Task AtRandomAsync(Random random, TimeSpan longest, TimeSpan shortest = default) =>
        Task.Delay(shortest + ((longest - shortest) * random.NextDouble()), TestContext.Current.CancellationToken);
}

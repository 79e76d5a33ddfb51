using Pointbook.Engine;

namespace Pointbook.Tests;

/// <remarks>This part: waits for answers of the engine.</remarks>
internal static partial class Eventually
{
    /// <summary>Repeats a request until the answer is not a refusal.</summary>
    public static Task AnsweredAsync<T>(Func<Task<Outcome<T>>> ask)
        where T : class =>
        TrueAsync(async () => !(await ask()).IsRefused, "The query is answered.");
}

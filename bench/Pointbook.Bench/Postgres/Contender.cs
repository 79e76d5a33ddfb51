namespace Pointbook.Bench.Postgres;

/// <summary>One of several implementations of the same work.</summary>
/// <param name="What">The work, such as spends.</param>
/// <param name="Who">The name of the implementation.</param>
/// <param name="MeasureAsync">Does the work for a while.</param>
/// <param name="Baseline">The contender to compare with: the <see cref="Who"/> of another contender that does the same work, or null.</param>
internal sealed record Contender(string What, string Who, Func<Task<Reading>> MeasureAsync, string? Baseline = null);

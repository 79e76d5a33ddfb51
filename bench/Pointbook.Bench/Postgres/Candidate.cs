namespace Pointbook.Bench.Postgres;

/// <summary>One of several implementations of the same work.</summary>
/// <param name="What">The work, such as spends.</param>
/// <param name="Who">The name of the implementation.</param>
/// <param name="MeasureAsync">Does the work for a while.</param>
/// <param name="Baseline">The candidate to compare with: the <see cref="Who"/> of another candidate that does the same work, or null.</param>
internal sealed record Candidate(string What, string Who, Func<Task<Measurement>> MeasureAsync, string? Baseline = null);

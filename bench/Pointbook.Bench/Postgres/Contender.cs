namespace Pointbook.Bench.Postgres;

/// <summary>Somebody who does the same work in a way of their own.</summary>
/// <param name="What">What is done, such as spends.</param>
/// <param name="Who">Who does it.</param>
/// <param name="MeasureAsync">Does it for a while.</param>
/// <param name="Baseline">Whom to compare with: the <see cref="Who"/> of another contender who does the same, or null.</param>
internal sealed record Contender(string What, string Who, Func<Task<Reading>> MeasureAsync, string? Baseline = null);

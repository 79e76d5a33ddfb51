namespace Pointbook.Bench.Postgres;

/// <summary>What one contender did in one round.</summary>
/// <param name="PerSecond">How many commands were durable and answered per second.</param>
/// <param name="Callers">How many callers waited for answers at any time.</param>
/// <param name="P99">The latency in milliseconds that 99 % do not exceed, if it is known.</param>
/// <param name="Refused">How many were refused; none of them is counted in the rate.</param>
internal sealed record Reading(double PerSecond, int Callers, double? P99 = null, long Refused = 0)
{
    /// <summary>The mean latency in milliseconds: everybody always waits for exactly one answer.</summary>
    public double Mean => Callers * 1_000 / PerSecond;
}

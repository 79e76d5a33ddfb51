namespace Pointbook.Bench.Postgres;

/// <summary>The result of one candidate in one round.</summary>
/// <param name="PerSecond">The number of commands per second that became durable and were answered.</param>
/// <param name="Callers">The number of callers that waited for answers at any time.</param>
/// <param name="P99">The latency in milliseconds that 99 % do not exceed, if it is known.</param>
/// <param name="Refused">The number of refused commands. The rate does not include them.</param>
internal sealed record Measurement(double PerSecond, int Callers, double? P99 = null, long Refused = 0)
{
    /// <summary>The mean latency in milliseconds, because every caller always waits for exactly one answer.</summary>
    public double Mean => Callers * 1_000 / PerSecond;
}

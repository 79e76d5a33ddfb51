using Pointbook.Bench.Reporting;

namespace Pointbook.Bench.Postgres;

/// <summary>Lets candidates take turns, round by round, so that other load on the machine affects all of them equally.</summary>
/// <param name="turns">The candidates of each turn, in order: adds replace the lots that the spends before them used.</param>
internal sealed class Comparison(IReadOnlyList<Candidate[]> turns)
{
    // Grouped by work, so that the candidates to compare are next to each other.
    private readonly Candidate[] _candidates = [.. turns.SelectMany(turn => turn).GroupBy(candidate => candidate.What).SelectMany(group => group)];
    private readonly Dictionary<Candidate, List<Measurement>> _measurements = turns.SelectMany(turn => turn).ToDictionary(candidate => candidate, _ => new List<Measurement>());

    /// <param name="rounds">The number of measured rounds. An extra round before the first one warms up.</param>
    /// <param name="prepareAsync">Refills the pool before each round.</param>
    public async Task RunAsync(int rounds, Func<Task> prepareAsync)
    {
        for (int round = -1; round < rounds; round++)
        {
            await prepareAsync();
            // Every other round has the reverse order of turns, so that no turn always follows the same one.
            foreach (Candidate candidate in (round % 2 == 0 ? turns : turns.Reverse()).SelectMany(turn => turn))
            {
                Measurement measurement = await candidate.MeasureAsync();
                _measurements[candidate].AddRange(round < 0 ? [] : [measurement]);
            }
        }
    }

    /// <summary>Medians and ranges, and the median of the ratios to the baseline of the same round.</summary>
    public Table ToTable(string title, string baseline)
    {
        Table table = new(title, "what", "who", "callers", "per second", "lowest", "highest", $"of {baseline}", "lowest of", "highest of", "mean ms", "p99 ms", "refused");
        foreach (Candidate candidate in _candidates)
        {
            List<Measurement> measurements = _measurements[candidate];
            double[] ratios = [.. RatiosOf(candidate)];
            table.Add(
                candidate.What, candidate.Who, $"{measurements[0].Callers}",
                Statistics.Median(measurements.Select(measurement => measurement.PerSecond)),
                measurements.Min(measurement => measurement.PerSecond), measurements.Max(measurement => measurement.PerSecond),
                ratios.Length == 0 ? "" : Statistics.Median(ratios), ratios.Length == 0 ? "" : ratios.Min(), ratios.Length == 0 ? "" : ratios.Max(),
                Statistics.Median(measurements.Select(measurement => measurement.Mean)),
                measurements.Any(measurement => measurement.P99 is null) ? "" : Statistics.Median(measurements.Select(measurement => measurement.P99!.Value)),
                (double)measurements.Sum(measurement => measurement.Refused));
        }

        return table;
    }

    private IEnumerable<double> RatiosOf(Candidate candidate)
    {
        Candidate? baseline = _candidates.FirstOrDefault(other => other.What == candidate.What && other.Who == candidate.Baseline);
        return baseline is null ? [] : _measurements[candidate].Zip(_measurements[baseline], (measurement, beside) => measurement.PerSecond / beside.PerSecond);
    }
}

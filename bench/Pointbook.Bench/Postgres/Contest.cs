using Pointbook.Bench.Reporting;

namespace Pointbook.Bench.Postgres;

/// <summary>Lets contenders take turns, round by round, so that other load on the machine affects all of them equally.</summary>
/// <param name="turns">The contenders of each turn, in order: adds replace the lots that the spends before them used.</param>
internal sealed class Contest(IReadOnlyList<Contender[]> turns)
{
    // Grouped by work, so that the contenders to compare are next to each other.
    private readonly Contender[] _contenders = [.. turns.SelectMany(turn => turn).GroupBy(contender => contender.What).SelectMany(group => group)];
    private readonly Dictionary<Contender, List<Reading>> _readings = turns.SelectMany(turn => turn).ToDictionary(contender => contender, _ => new List<Reading>());

    /// <param name="rounds">The number of measured rounds. An extra round before the first one warms up.</param>
    /// <param name="prepareAsync">Fills up the stock before each round.</param>
    public async Task RunAsync(int rounds, Func<Task> prepareAsync)
    {
        for (int round = -1; round < rounds; round++)
        {
            await prepareAsync();
            // Every other round has the reverse order of turns, so that no turn always follows the same one.
            foreach (Contender contender in (round % 2 == 0 ? turns : turns.Reverse()).SelectMany(turn => turn))
            {
                Reading reading = await contender.MeasureAsync();
                _readings[contender].AddRange(round < 0 ? [] : [reading]);
            }
        }
    }

    /// <summary>Medians and ranges, and the median of the ratios to the baseline of the same round.</summary>
    public Table ToTable(string title, string baseline)
    {
        Table table = new(title, "what", "who", "callers", "per second", "lowest", "highest", $"of {baseline}", "lowest of", "highest of", "mean ms", "p99 ms", "refused");
        foreach (Contender contender in _contenders)
        {
            List<Reading> readings = _readings[contender];
            double[] ratios = [.. RatiosOf(contender)];
            table.Add(
                contender.What, contender.Who, $"{readings[0].Callers}",
                Figures.Median(readings.Select(reading => reading.PerSecond)),
                readings.Min(reading => reading.PerSecond), readings.Max(reading => reading.PerSecond),
                ratios.Length == 0 ? "" : Figures.Median(ratios), ratios.Length == 0 ? "" : ratios.Min(), ratios.Length == 0 ? "" : ratios.Max(),
                Figures.Median(readings.Select(reading => reading.Mean)),
                readings.Any(reading => reading.P99 is null) ? "" : Figures.Median(readings.Select(reading => reading.P99!.Value)),
                (double)readings.Sum(reading => reading.Refused));
        }

        return table;
    }

    private IEnumerable<double> RatiosOf(Contender contender)
    {
        Contender? baseline = _contenders.FirstOrDefault(other => other.What == contender.What && other.Who == contender.Baseline);
        return baseline is null ? [] : _readings[contender].Zip(_readings[baseline], (reading, beside) => reading.PerSecond / beside.PerSecond);
    }
}

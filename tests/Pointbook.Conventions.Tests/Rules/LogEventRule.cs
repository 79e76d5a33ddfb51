namespace Pointbook.Conventions.Tests.Rules;

/// <summary>Each event id has one meaning, and no two assemblies use ids of the same thousand.</summary>
internal static class LogEventRule
{
    private const int RangeLength = 1_000;

    public static IEnumerable<string> Violations(IReadOnlyCollection<LogEvent> events)
    {
        foreach (LogEvent unnumbered in events.Where(found => found.Id < RangeLength))
        {
            yield return $"{unnumbered.Assembly}: {unnumbered.Name} has the event id {unnumbered.Id}; ids begin at {RangeLength}.";
        }

        foreach (IGrouping<int, LogEvent> same in events.GroupBy(found => found.Id).Where(group => group.Count() > 1))
        {
            yield return $"The event id {same.Key} is used by {string.Join(" and ", same.Select(found => found.Name))}.";
        }

        foreach (IGrouping<int, string> range in events.Select(found => (found.Id / RangeLength, found.Assembly)).Distinct()
            .GroupBy(pair => pair.Item1, pair => pair.Assembly).Where(group => group.Count() > 1))
        {
            yield return $"The event ids from {range.Key * RangeLength} on are used by {string.Join(" and ", range)}.";
        }
    }
}

/// <summary>A message that the product logs.</summary>
internal sealed record LogEvent(string Assembly, string Name, int Id);

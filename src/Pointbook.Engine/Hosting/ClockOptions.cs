namespace Pointbook.Engine.Hosting;

/// <summary>The conditions under which the clock of a process counts as credible.</summary>
public sealed class ClockOptions
{
    /// <summary>The accepted difference between the clock and the time expected from the uptime; 0.1 s to 1 h. The server uses the value of its store.</summary>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between the last commit and a start for which no operator must confirm the clock; 1 h to 36,500 days.</summary>
    public TimeSpan GapMax { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The first invalid value, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        SkewMax < TimeSpan.FromMilliseconds(100) || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00.100 and 01:00:00."
        : FaultOfGap();

    /// <summary>Why <see cref="GapMax"/> is invalid, as a sentence that begins with its name, or null.</summary>
    public string? FaultOfGap() =>
        GapMax < TimeSpan.FromHours(1) || GapMax > TimeSpan.FromDays(36_500) ? "GapMax must be between 01:00:00 and 36500 days." : null;
}

namespace Pointbook.Engine.Hosting;

/// <summary>When the clock of a process counts as credible.</summary>
public sealed class ClockOptions
{
    /// <summary>How far the clock and the uptime of the machine may drift apart between two looks; 0.1 s to 1 h. The server uses the value of its store.</summary>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after the last commit a start may come without an operator who confirms the clock; 1 h to 36,500 days.</summary>
    public TimeSpan GapMax { get; set; } = TimeSpan.FromDays(90);

    /// <summary>What is wrong with the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        SkewMax < TimeSpan.FromMilliseconds(100) || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00.100 and 01:00:00."
        : FaultOfGap();

    /// <summary>What is wrong with <see cref="GapMax"/>, as a sentence that begins with its name, or null.</summary>
    public string? FaultOfGap() =>
        GapMax < TimeSpan.FromHours(1) || GapMax > TimeSpan.FromDays(36_500) ? "GapMax must be between 01:00:00 and 36500 days." : null;
}

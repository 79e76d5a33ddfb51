namespace Pointbook.Server.Spends;

/// <summary>The bounds of pending spends: section <c>Holds</c> of the configuration.</summary>
public sealed class HoldOptions
{
    /// <summary>The shortest hold.</summary>
    public static readonly TimeSpan DurationMin = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DurationLimit = TimeSpan.FromDays(3_650);

    /// <summary>The longest hold that is taken; 1 s to 3,650 days.</summary>
    public TimeSpan DurationMax { get; set; } = TimeSpan.FromDays(30);

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        DurationMax < DurationMin || DurationMax > DurationLimit ? $"Holds:DurationMax is {DurationMax}; set it from {DurationMin} to {DurationLimit}." : null;
}

namespace Pointbook.Server.Spends;

/// <summary>The limits of pending spends: section <c>Holds</c> of the configuration.</summary>
public sealed class HoldOptions
{
    /// <summary>The minimum duration of a hold.</summary>
    public static readonly TimeSpan DurationMin = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DurationLimit = TimeSpan.FromDays(3_650);

    /// <summary>The maximum duration of a hold; 1 s to 3,650 days.</summary>
    public TimeSpan DurationMax { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault() =>
        DurationMax < DurationMin || DurationMax > DurationLimit ? $"Holds:DurationMax must be between {DurationMin} and {DurationLimit}, but is {DurationMax}." : null;
}

namespace Pointbook.Server.Health;

/// <summary>How the server reports readiness: section <c>Health</c> of the configuration.</summary>
public sealed class HealthOptions
{
    private static readonly TimeSpan AgeLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The maximum age of an answer of <c>/health/ready</c>; 0 to 10 s. Any client may ask, and a probe of all partitions costs several times as much
    /// as another request. So all clients that ask within that time get the same answer.
    /// </summary>
    public TimeSpan AgeMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault() =>
        AgeMax < TimeSpan.Zero || AgeMax > AgeLimit ? $"Health:AgeMax must be between {TimeSpan.Zero} and {AgeLimit}, but is {AgeMax}." : null;
}

namespace Pointbook.Server.Health;

/// <summary>How the server answers whether it is ready: section <c>Health</c> of the configuration.</summary>
public sealed class HealthOptions
{
    private static readonly TimeSpan AgeLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How old an answer of <c>/health/ready</c> may be; 0 to 10 s. Everybody may ask, and asking all partitions costs several times what another
    /// request does, so whoever asks within that time gets the same answer.
    /// </summary>
    public TimeSpan AgeMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        AgeMax < TimeSpan.Zero || AgeMax > AgeLimit ? $"Health:AgeMax is {AgeMax}; set it from {TimeSpan.Zero} to {AgeLimit}." : null;
}

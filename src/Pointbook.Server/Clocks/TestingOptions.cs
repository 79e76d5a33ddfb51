namespace Pointbook.Server.Clocks;

/// <summary>Settings that only tests of client programs need: section <c>Testing</c> of the configuration.</summary>
public sealed class TestingOptions
{
    /// <summary>Whether <c>POST /v1/test/clock</c> sets the time of the whole server. A store permanently keeps the kind of clock of its first use.</summary>
    public bool Clock { get; set; }
}

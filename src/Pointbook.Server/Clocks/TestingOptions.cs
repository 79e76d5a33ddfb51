namespace Pointbook.Server.Clocks;

/// <summary>What only tests of client programs need: section <c>Testing</c> of the configuration.</summary>
public sealed class TestingOptions
{
    /// <summary>Whether <c>POST /v1/test/clock</c> sets the time of the whole server. A store keeps for ever the kind of clock that it was first used with.</summary>
    public bool Clock { get; set; }
}

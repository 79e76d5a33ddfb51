namespace Pointbook.Simulation.Tests.Support;

/// <summary>A server that clients keep busy.</summary>
internal interface ILoadTarget
{
    /// <summary>The unique name of the server.</summary>
    string Name { get; }

    /// <summary>Creates a client with its own connections.</summary>
    LedgerClient NewClient();
}

namespace Pointbook.Simulation.Tests.Support;

/// <summary>A server that clients keep busy.</summary>
internal interface ILoadTarget
{
    /// <summary>What no other server is called.</summary>
    string Name { get; }

    /// <summary>A client with connections of its own.</summary>
    LedgerClient NewClient();
}

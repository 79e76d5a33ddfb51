namespace Pointbook.Simulation.Tests.Support;

/// <summary>How long things may take before a test gives up. Generous: they are for what hangs, not for what is slow.</summary>
internal static class Deadline
{
    /// <summary>For a reply, a start or a stop.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromMinutes(2);

    /// <summary>For what has to be compiled first.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
}

namespace Pointbook.Simulation.Tests.Support;

/// <summary>How long a test waits before it fails. The times are long, so that they find hanging processes, not slow ones.</summary>
internal static class Deadline
{
    /// <summary>For a reply, a start or a stop.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromMinutes(2);

    /// <summary>For a program that must be compiled first.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
}

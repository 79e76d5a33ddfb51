using Pointbook.Bench.Reporting;

namespace Pointbook.Bench.Workloads;

/// <summary>One of the things that are measured.</summary>
internal interface IWorkload
{
    Arguments Arguments { get; }

    /// <summary>Measures, and adds what came out to the report.</summary>
    Task RunAsync(Report report);
}

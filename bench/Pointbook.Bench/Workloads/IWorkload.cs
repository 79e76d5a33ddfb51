using Pointbook.Bench.Reporting;

namespace Pointbook.Bench.Workloads;

/// <summary>One measurement that the program offers.</summary>
internal interface IWorkload
{
    Arguments Arguments { get; }

    /// <summary>Measures and adds the results to the report.</summary>
    Task RunAsync(Report report);
}

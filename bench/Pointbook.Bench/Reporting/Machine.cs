using System.Globalization;
using System.Runtime.InteropServices;

namespace Pointbook.Bench.Reporting;

/// <summary>The machine on which the figures were measured.</summary>
internal static class Machine
{
    public static IEnumerable<(string Name, string Value)> Describe() =>
    [
        ("cpu", CpuModel()),
        ("cores", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        ("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB"),
        ("kernel", $"{RuntimeInformation.OSDescription}, {Environment.OSVersion.VersionString}, {RuntimeInformation.OSArchitecture}"),
        ("dotnet", RuntimeInformation.FrameworkDescription),
        ("load before", LoadAverage()),
    ];

    private static string CpuModel() => FirstLine("/proc/cpuinfo", "model name")?.Split(':')[^1].Trim() ?? "unknown";

    /// <summary>The load of the machine by other work during the last minute. Figures of a busy machine are lower.</summary>
    private static string LoadAverage() => FirstLine("/proc/loadavg", "")?.Split(' ')[0] ?? "unknown";

    private static string? FirstLine(string path, string start) =>
        File.Exists(path) ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;
}

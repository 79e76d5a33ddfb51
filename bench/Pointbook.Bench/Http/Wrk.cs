using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Bench.Http;

/// <summary>The result of one run of wrk.</summary>
/// <param name="Requests">The number of replies, whatever their status.</param>
/// <param name="Failed">The number of replies with a status of 400 or above, plus requests without a reply.</param>
/// <param name="Microseconds">The duration of the run.</param>
/// <param name="P50">The median latency in microseconds.</param>
/// <param name="P99">The latency in microseconds that 99 % do not exceed.</param>
internal sealed record WrkResult(long Requests, long Failed, double Microseconds, double P50, double P99)
{
    public double PerSecond => (Requests - Failed) / (Microseconds / 1_000_000);
}

/// <summary>Runs wrk with one of the scripts next to the program.</summary>
internal sealed class Wrk(int connections, int seconds, int accounts)
{
    private const int Threads = 2;
    private const string ResultMark = "RESULT ";

    /// <param name="url">The server.</param>
    /// <param name="what">The script: adds, balances or spends.</param>
    /// <param name="secondsInstead">A duration that replaces the usual one.</param>
    /// <param name="credentials">The API key or token of each request; null for none.</param>
    public async Task<WrkResult> RunAsync(string url, string what, int? secondsInstead = null, string? credentials = null)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "scripts", what + ".lua");
        ProcessStartInfo start = new("wrk",
        [
            "-t", Text(Threads), "-c", Text(connections), "-d", Text(secondsInstead ?? seconds) + "s", "-s", script,
            .. credentials is null ? Array.Empty<string>() : ["-H", "Authorization: Bearer " + credentials], url, "--", Text(accounts),
        ])
        {
            RedirectStandardOutput = true,
        };
        using Process wrk = Start(start);
        string output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        int at = output.IndexOf(ResultMark, StringComparison.Ordinal);
        if (wrk.ExitCode != 0 || at < 0)
        {
            throw new BenchException($"wrk failed:\n{output}");
        }

        return JsonSerializer.Deserialize(output[(at + ResultMark.Length)..], WrkJson.Default.WrkResult)!;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new BenchException("wrk is not installed; on Debian: apt-get install wrk.");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A result as the scripts print it.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WrkResult))]
internal sealed partial class WrkJson : JsonSerializerContext;

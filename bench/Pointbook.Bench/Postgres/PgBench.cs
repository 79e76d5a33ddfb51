using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Pointbook.Clusters;

namespace Pointbook.Bench.Postgres;

/// <summary>Runs PostgreSQL's own load generator with one of the scripts next to the program.</summary>
internal sealed partial class PgBench(NpgsqlConnectionStringBuilder database, int clients, int seconds)
{
    private const int Threads = 2;

    /// <param name="script">The script.</param>
    /// <param name="first">The number of the first account that the script may choose.</param>
    /// <param name="last">The number of the last one.</param>
    public async Task<Measurement> RunAsync(string script, int first, int last)
    {
        ProcessStartInfo start = new(Path.Combine(Binaries.Directory, "pgbench"),
        [
            "--client", Text(clients), "--jobs", Text(Threads), "--time", Text(seconds), "--protocol", "prepared", "--no-vacuum",
            "--define", $"first={Text(first)}", "--define", $"last={Text(last)}", "--file", Path.Combine(AppContext.BaseDirectory, "scripts", "plpgsql", script),
            "--host", database.Host!, "--port", Text(database.Port), "--username", database.Username!, database.Database!,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGPASSWORD"] = database.Password;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        // A refused spend ends its client, and pgbench then ends with an error. So a run with a figure had no refusals.
        if (process.ExitCode != 0 || PerSecond().Match(output) is not { Success: true } rate)
        {
            throw new BenchException($"pgbench failed:\n{output}{await errors}");
        }

        return new Measurement(double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture), clients);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^tps = ([0-9.]+) ", RegexOptions.Multiline)]
    private static partial Regex PerSecond();
}

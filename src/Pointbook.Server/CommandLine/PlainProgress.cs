using System.Globalization;

namespace Pointbook.Server.CommandLine;

/// <summary>Progress as lines of text, for logs and pipes.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Implements <see cref="BeginPhase"/>.</summary>
    public Action<long> Begin(string name, long done, long total)
    {
        long started = clock.GetTimestamp();
        long reported = started;
        return now =>
        {
            if (clock.GetElapsedTime(reported) < Interval)
            {
                return;
            }

            reported = clock.GetTimestamp();
            double rate = (now - done) / clock.GetElapsedTime(started).TotalSeconds;
            double percent = total == 0 ? 100 : 100.0 * now / total;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name}: {percent:0} %, {now} of {total} entries, {rate:0} entries/s"));
        };
    }
}

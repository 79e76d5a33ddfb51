using Microsoft.Extensions.Time.Testing;
using Pointbook.Server.CommandLine;

namespace Pointbook.Server.Tests;

public sealed class ProgressTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public void A_progress_line_is_written_every_two_seconds_with_share_and_speed()
    {
        Action<long> advance = new PlainProgress(_output, _clock).Begin("Copying", 1_000, 5_000);
        advance(1_100);
        _clock.Advance(TimeSpan.FromSeconds(2));
        advance(1_500);
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        advance(2_000);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        advance(5_000);
        Assert.Equal("Copying: 30 %, 1500 of 5000 entries, 250 entries/s\nCopying: 100 %, 5000 of 5000 entries, 1000 entries/s\n", _output.ToString());
    }

    [Fact]
    public void Progress_without_work_is_complete()
    {
        Action<long> advance = new PlainProgress(_output, _clock).Begin("Verifying", 0, 0);
        _clock.Advance(TimeSpan.FromSeconds(2));
        advance(0);
        Assert.Equal("Verifying: 100 %, 0 of 0 entries, 0 entries/s\n", _output.ToString());
    }

    public void Dispose() => _output.Dispose();
}

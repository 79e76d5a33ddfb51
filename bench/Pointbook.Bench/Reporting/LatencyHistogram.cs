using System.Diagnostics;
using System.Numerics;

namespace Pointbook.Bench.Reporting;

/// <summary>Counts durations in buckets that are at most 3 % wide. Not thread-safe: each caller must use its own.</summary>
internal sealed class LatencyHistogram
{
    private const int StepsLog2 = 5;
    private const int Steps = 1 << StepsLog2;
    private readonly long[] _counts = new long[Steps * 40];

    public long Count { get; private set; }

    /// <summary>Counts the time since <paramref name="started"/>, a timestamp of <see cref="Stopwatch"/>.</summary>
    public void AddSince(long started)
    {
        _counts[BucketOf((long)Stopwatch.GetElapsedTime(started).TotalMicroseconds)]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        Count += other.Count;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            _counts[bucket] += other._counts[bucket];
        }
    }

    /// <summary>The duration in milliseconds that a share of all durations does not exceed.</summary>
    public double Milliseconds(double share)
    {
        long wanted = (long)Math.Ceiling(Count * share);
        int bucket = 0;
        for (long seen = _counts[0]; seen < wanted; seen += _counts[bucket])
        {
            bucket++;
        }

        return UpperBound(bucket) / 1_000.0;
    }

    private static int BucketOf(long microseconds)
    {
        if (microseconds < Steps)
        {
            return (int)microseconds;
        }

        int shift = BitOperations.Log2((ulong)microseconds) - StepsLog2;
        return ((shift + 1) << StepsLog2) + (int)((microseconds >> shift) - Steps);
    }

    private static long UpperBound(int bucket)
    {
        int shift = Math.Max(0, (bucket >> StepsLog2) - 1);
        long step = bucket < Steps ? bucket : Steps + (bucket & (Steps - 1));
        return (step + 1) << shift;
    }
}

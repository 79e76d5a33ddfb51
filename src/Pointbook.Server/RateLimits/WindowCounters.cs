using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pointbook.Server.RateLimits;

/// <summary>
/// Accepts a number of requests per sender in each window of time, and returns the time left in the current one. All counters are allocated at the
/// start, and nothing runs between requests. Thread-safe.
/// </summary>
/// <remarks>
/// The counters form rows, and a keyed hash selects the row of a sender. A new sender gets a free counter of its row: one that is unused, or whose
/// window has ended. Before that, the row must not forget a count. If no counter is free, the sender shares one until another is free. Both may then
/// send less, and the sender starts from zero on the free one. If fewer senders than a fifth of the counters come in a window, sharing is rare. The
/// key of the hash belongs to this process, so that a stranger can neither find out nor choose with whom it shares a row.
/// </remarks>
internal sealed class WindowCounters
{
    private const int RowLength = 8;
    private const int LocksMax = 64;
    private const int HashKeyLength = 32;

    private readonly int _requests;
    private readonly TimeSpan _window;
    private readonly TimeProvider _clock;
    private readonly byte[] _hashKey;
    private readonly Counter[] _counters;
    private readonly Lock[] _locks;

    /// <summary>Creates the counters.</summary>
    /// <param name="requests">The maximum number of requests in a window.</param>
    /// <param name="window">The length of a window. It begins with the first request after the previous one.</param>
    /// <param name="countersMax">The maximum number of counters; at least 8.</param>
    /// <param name="clock">The clock.</param>
    public WindowCounters(int requests, TimeSpan window, int countersMax, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countersMax, RowLength);
        (_requests, _window, _clock) = (requests, window, clock);
        _hashKey = RandomNumberGenerator.GetBytes(HashKeyLength);
        _counters = new Counter[countersMax / RowLength * RowLength];
        _locks = [.. Enumerable.Range(0, LocksMax).Select(_ => new Lock())];
    }

    /// <summary>The number of counters.</summary>
    public int Count => _counters.Length;

    /// <summary>Counts a request.</summary>
    /// <param name="who">The sender.</param>
    /// <returns>Null if the request is accepted, or the time to wait before a retry.</returns>
    public TimeSpan? Take(ReadOnlySpan<byte> who)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_hashKey, who, hash);
        ulong tag = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        int row = (int)(BinaryPrimitives.ReadUInt64LittleEndian(hash[sizeof(ulong)..]) % (ulong)(Count / RowLength));
        lock (_locks[row % LocksMax])
        {
            return Take(ref Find(_counters.AsSpan(row * RowLength, RowLength), tag));
        }
    }

    private ref Counter Find(Span<Counter> row, ulong tag)
    {
        int free = -1;
        for (int index = 0; index < row.Length; index++)
        {
            if (row[index].Tag == tag && row[index].Taken > 0)
            {
                return ref row[index];
            }

            if (free < 0 && (row[index].Taken == 0 || _clock.GetElapsedTime(row[index].BeganAt) >= _window))
            {
                free = index;
            }
        }

        if (free < 0)
        {
            return ref row[(int)(tag % RowLength)];
        }

        row[free] = new Counter { Tag = tag };
        return ref row[free];
    }

    private TimeSpan? Take(ref Counter counter)
    {
        TimeSpan elapsed = _clock.GetElapsedTime(counter.BeganAt);
        if (counter.Taken == 0 || elapsed >= _window)
        {
            (counter.BeganAt, counter.Taken) = (_clock.GetTimestamp(), 0);
        }
        else if (counter.Taken >= _requests)
        {
            return _window - elapsed;
        }

        counter.Taken++;
        return null;
    }

    /// <summary>The number of requests that a window has accepted from a sender; 0 if the counter is unused.</summary>
    private struct Counter
    {
        public ulong Tag;
        public long BeganAt;
        public int Taken;
    }
}

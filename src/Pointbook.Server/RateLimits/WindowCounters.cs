using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pointbook.Server.RateLimits;

/// <summary>
/// Lets a number of requests of each of many through in each window of time, and says how long the present one still lasts. All counters there
/// will ever be are there from the beginning, and nothing runs while nobody asks. Thread-safe.
/// </summary>
/// <remarks>
/// Counters stand in rows. Whoever comes gets one of the row that a keyed hash says, if one is free or its window has ended, because until then its
/// count must not be forgotten. Where all of a row count for others, one of them counts for the newcomer as well, until another one is free: then both may send less, and the
/// newcomer begins anew with the free one. While fewer come in a window than a fifth of the counters, hardly anybody shares one. The hash has a key of this process, so that a stranger can neither find out who shares a row with whom nor choose its company.
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

    /// <summary>Makes the counters.</summary>
    /// <param name="requests">How many requests a window lets through.</param>
    /// <param name="window">How long a window lasts. It begins with the first request behind the one before.</param>
    /// <param name="countersMax">How many counters there may be; at least 8.</param>
    /// <param name="clock">The clock.</param>
    public WindowCounters(int requests, TimeSpan window, int countersMax, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countersMax, RowLength);
        (_requests, _window, _clock) = (requests, window, clock);
        _hashKey = RandomNumberGenerator.GetBytes(HashKeyLength);
        _counters = new Counter[countersMax / RowLength * RowLength];
        _locks = [.. Enumerable.Range(0, LocksMax).Select(_ => new Lock())];
    }

    /// <summary>How many counters there are.</summary>
    public int Count => _counters.Length;

    /// <summary>Counts a request.</summary>
    /// <param name="who">Who sent it.</param>
    /// <returns>Null if it is let through, or how long to wait with it.</returns>
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

    /// <summary>How many requests of whom a window has let through; of nobody while that is none.</summary>
    private struct Counter
    {
        public ulong Tag;
        public long BeganAt;
        public int Taken;
    }
}

using System.Diagnostics;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Encodes entries as the body of a commit, see <see cref="CommitBody"/>. The same entries give the same bytes. Used again and again. Not thread-safe.</summary>
public sealed class CommitBodyWriter
{
    private readonly ByteWriter _index = new();
    private readonly ByteWriter _blocks = new();
    private readonly ByteWriter _names = new();
    private readonly ByteWriter _entries = new();
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private AccountId? _account;
    private long _occurredAt;

    /// <summary>Encodes entries.</summary>
    /// <param name="entries">At least one entry, numbered without a gap.</param>
    public byte[] Encode(IReadOnlyList<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        _index.Clear();
        _blocks.Clear();
        for (int start = 0; start < entries.Count; start += CommitBody.EntriesPerBlock)
        {
            int before = _blocks.Length;
            WriteBlock(entries, start, Math.Min(entries.Count, start + CommitBody.EntriesPerBlock));
            _index.WriteVarint((ulong)(_blocks.Length - before));
        }

        byte[] body = new byte[_index.Length + _blocks.Length];
        _index.Written.CopyTo(body);
        _blocks.Written.CopyTo(body.AsSpan(_index.Length));
        return body;
    }

    private void WriteBlock(IReadOnlyList<Entry> entries, int start, int end)
    {
        _names.Clear();
        _entries.Clear();
        _places.Clear();
        (_account, _occurredAt) = (null, 0);
        for (int index = start; index < end; index++)
        {
            Debug.Assert(entries[index].Sequence == entries[0].Sequence.Plus(index), "Entries are numbered without a gap; the body does not have their places.");
            Write(entries[index]);
        }

        _blocks.WriteVarint((ulong)_places.Count);
        _blocks.WriteBytes(_names.Written);
        _blocks.WriteBytes(_entries.Written);
    }

    private void Write(Entry entry)
    {
        bool hasSameAccount = entry.Account == _account;
        EntryShape shape = EntryShape.Of(entry, hasSameAccount);
        _entries.WriteByte(shape.First);
        _entries.WriteByte(shape.Second);
        if (!hasSameAccount)
        {
            _account = entry.Account;
            WriteName(entry.Account.Value);
        }

        if (entry.Payer is { } payer)
        {
            WriteName(payer.Value);
        }

        WriteAmounts(entry, shape.Amounts);
        WriteTimesAndPlaces(entry);
        if (shape.HasOrigin)
        {
            Write(entry.Origin!, EntryShape.OriginPartsOf(entry));
        }
    }

    private void WriteAmounts(Entry entry, AmountShape shape)
    {
        _entries.WriteSigned(shape == AmountShape.LotOnly ? entry.LotPoints.Value : entry.Points.Value);
        if (shape == AmountShape.Both)
        {
            _entries.WriteSigned(entry.LotPoints.Value);
        }
    }

    private void WriteTimesAndPlaces(Entry entry)
    {
        // Differences may wrap around, and come out right when they are added again.
        unchecked
        {
            if (entry.OccurredAt is { } occurredAt)
            {
                _entries.WriteSigned(occurredAt.UnixMicroseconds - _occurredAt);
                _occurredAt = occurredAt.UnixMicroseconds;
            }

            if (entry.Lot is { } lot)
            {
                _entries.WriteSigned(entry.Sequence.Value - lot.Value);
            }

            if (entry.ExpiresAt is { } expiresAt)
            {
                _entries.WriteSigned(expiresAt.UnixMicroseconds - (entry.OccurredAt?.UnixMicroseconds ?? 0));
            }

            if (!entry.IsFirst)
            {
                _entries.WriteSigned(entry.Sequence.Value - entry.Operation.Value);
            }

            if (entry.Subject is { } subject)
            {
                _entries.WriteSigned(entry.Sequence.Value - subject.Value);
            }
        }
    }

    private void Write(Origin origin, OriginParts parts)
    {
        _entries.WriteByte((byte)parts);
        if (origin.Key is { } key)
        {
            _entries.WriteText(key.Value);
        }

        if (origin.KeyHash is { } hash)
        {
            hash.CopyTo(_entries.Take(Digest.Length));
        }

        if (origin.Reference is { } reference)
        {
            _entries.WriteText(reference);
        }

        if (origin.Reason is { } reason)
        {
            _entries.WriteText(reason);
        }

        if (origin.Actor is { } actor)
        {
            WriteName(actor);
        }
    }

    /// <summary>Writes the place of a name among the names of the block, which has each once, in the order in which the entries need them.</summary>
    private void WriteName(string name)
    {
        if (!_places.TryGetValue(name, out int place))
        {
            place = _places.Count;
            _places.Add(name, place);
            _names.WriteText(name);
        }

        _entries.WriteVarint((ulong)place);
    }
}

using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Encodes entries as the body and the texts of a commit, see <see cref="CommitBody"/>. Reusable. Not thread-safe.</summary>
/// <param name="salts">Generates the salts of erasable texts.</param>
public sealed class CommitBodyWriter(SaltSource salts)
{
    private readonly ByteWriter _index = new();
    private readonly ByteWriter _blocks = new();
    private readonly ByteWriter _texts = new();
    private readonly ByteWriter _payers = new();
    private readonly ByteWriter _entries = new();
    private readonly Dictionary<string, int> _payerPlaces = new(StringComparer.Ordinal);
    private readonly Dictionary<Sequence, int> _accountPlaces = [];
    private readonly Dictionary<string, int> _actorPlaces = new(StringComparer.Ordinal);
    private readonly List<TableItem> _accounts = [];
    private readonly List<TableItem> _actorTable = [];
    private readonly List<OriginText> _originTexts = [];
    private readonly PayerTally _tally = new();
    private readonly List<OperationPayer> _sums = [];
    private readonly ActorNames _actors = new();
    private Sequence _blockFirst;
    private Sequence _opening;
    private long _occurredAt;

    /// <summary>The index length of the last encoded body, in bytes.</summary>
    public int IndexLength => _index.Length;

    /// <summary>Encodes entries.</summary>
    /// <param name="entries">One or more operations with all their entries, numbered without a gap.</param>
    /// <exception cref="ArgumentException">An entry does not belong to the operation before it, lacks an introduction, or changes what it must not.</exception>
    public CommitBytes Encode(IReadOnlyList<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        _index.Clear();
        _blocks.Clear();
        _texts.Clear();
        _actors.Begin();
        for (int start = 0; start < entries.Count; start += CommitBody.EntriesPerBlock)
        {
            (int block, int texts) = (_blocks.Length, _texts.Length);
            WriteBlock(entries, start, Math.Min(entries.Count, start + CommitBody.EntriesPerBlock));
            _index.WriteVarint((ulong)(_blocks.Length - block));
            _index.WriteVarint((ulong)(_texts.Length - texts));
            SHA256.HashData(_blocks.Written[block..], _index.Take(Digest.Length));
        }

        byte[] body = new byte[_index.Length + _blocks.Length];
        _index.Written.CopyTo(body);
        _blocks.Written.CopyTo(body.AsSpan(_index.Length));
        return new CommitBytes(body, _texts.Written.ToArray());
    }

    /// <summary>Forgets the actors. Later commits introduce them again.</summary>
    public void ForgetActors() => _actors.Clear();

    /// <summary>Records that the last encoded body is durable. Later commits refer to the actors that it introduced.</summary>
    public void KeepActors() => _actors.Keep();

    private void WriteBlock(IReadOnlyList<Entry> entries, int start, int end)
    {
        _payers.Clear();
        _entries.Clear();
        _payerPlaces.Clear();
        _accountPlaces.Clear();
        _actorPlaces.Clear();
        _accounts.Clear();
        _actorTable.Clear();
        _originTexts.Clear();
        (_blockFirst, _opening, _occurredAt) = (entries[start].Sequence, Sequence.Zero, 0);
        for (int index = start; index < end; index++)
        {
            Debug.Assert(entries[index].Sequence == entries[0].Sequence.Plus(index), "Entries are numbered without a gap; the body does not have their places.");
            Write(entries, index);
        }

        _blocks.WriteVarint((ulong)_payerPlaces.Count);
        _blocks.WriteBytes(_payers.Written);
        WriteTable(_accounts);
        WriteTable(_actorTable);
        foreach (OriginText text in _originTexts)
        {
            WriteText(text.Hash, text.Content, _entries.Patch(text.Offset, Digest.Length));
        }

        _blocks.WriteBytes(_entries.Written);
    }

    private void WriteTable(List<TableItem> items)
    {
        _blocks.WriteVarint((ulong)items.Count);
        foreach (TableItem item in items)
        {
            _blocks.WriteVarint((ulong)item.Distance);
            if (item.Text is not null)
            {
                _blocks.WriteVarint((ulong)LengthOf(null, item.Text));
                WriteText(null, item.Text, _blocks.Take(Digest.Length));
            }
        }
    }

    private void Write(IReadOnlyList<Entry> entries, int index)
    {
        Entry entry = entries[index];
        // An account that an entry opens has no place yet, whatever entry came before.
        bool hasSameAccount = entry.Opening != Sequence.Zero && entry.Opening == _opening;
        if (!entry.IsFirst && (index == 0 || entry.Operation != entries[index - 1].Operation || entry.Account != entries[index - 1].Account))
        {
            throw new ArgumentException($"Entry {entry.Sequence} belongs to operation {entry.Operation}, which is not the one before it.", nameof(entries));
        }

        EntryShape shape = EntryShape.Of(entry, hasSameAccount);
        _entries.WriteByte(shape.First);
        _entries.WriteByte(shape.Second);
        if (!hasSameAccount)
        {
            WriteAccount(entry);
        }

        if (entry.Payer is { } payer)
        {
            _entries.WriteVarint((ulong)PlaceOf(payer.Value));
        }

        WriteAmounts(entry, shape.Amounts);
        WriteTimesAndLot(entry);
        if (entry.IsFirst)
        {
            WriteHead(entries, index);
        }
        else if (entry.Sequence == _blockFirst)
        {
            _entries.WriteSigned(entry.Sequence.Value - entry.Operation.Value);
        }

        if (entry.Subject is { } subject)
        {
            _entries.WriteSigned(unchecked(entry.Sequence.Value - subject.Value));
        }

        if (shape.HasOrigin)
        {
            Write(entry.Origin!, EntryShape.OriginPartsOf(entry), entry.Sequence);
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

    /// <summary>Writes the summary of an operation, so that a reader of it need not read the rest.</summary>
    private void WriteHead(IReadOnlyList<Entry> entries, int index)
    {
        Entry first = entries[index];
        _entries.WriteVarint(first.PreviousOperation == Sequence.Zero ? 0 : (ulong)checked(first.Sequence.Value - first.PreviousOperation.Value));
        _entries.WriteVarint(checked((ulong)first.BalanceBefore.Value));
        int end = index + 1;
        while (end < entries.Count && !entries[end].IsFirst)
        {
            end++;
        }

        _entries.WriteVarint((ulong)(end - index - 1));
        if (end == index + 1)
        {
            return;
        }

        _tally.Clear();
        for (int next = index; next < end; next++)
        {
            _tally.Add(entries[next]);
        }

        _sums.Clear();
        _tally.CopyTo(_sums);
        _entries.WriteVarint((ulong)_sums.Count);
        foreach (OperationPayer sum in _sums)
        {
            _entries.WriteVarint(((ulong)PlaceOf(sum.Payer.Value) << 1) | (sum.IsSettledOnly ? 1UL : 0));
            if (!sum.IsSettledOnly)
            {
                _entries.WriteSigned(sum.Points.Value);
            }
            else if (!sum.Points.IsZero)
            {
                throw new ArgumentException($"The settlements of operation {first.Sequence} change the balance of a payer.", nameof(entries));
            }
        }
    }

    private void WriteTimesAndLot(Entry entry)
    {
        // Differences may wrap around. Adding them again gives the right values.
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
        }
    }

    private void Write(Origin origin, OriginParts parts, Sequence entry)
    {
        _entries.WriteByte((byte)parts);
        if (origin.Key is { } key)
        {
            WriteOriginText(origin.KeyHash ?? throw new ArgumentException("An idempotency key needs the hash of its command.", nameof(origin)), key.Value);
        }

        if (origin.Reference is { } reference)
        {
            WriteOriginText(null, reference);
        }

        if (origin.Reason is { } reason)
        {
            WriteOriginText(null, reason);
        }

        if (origin.Actor is { } actor)
        {
            WriteActor(actor, entry);
        }
    }

    /// <summary>Writes the place of an account. The first entry of an account opens it; all others refer to that entry.</summary>
    private void WriteAccount(Entry entry)
    {
        bool opens = entry.Opening == Sequence.Zero;
        _opening = opens ? entry.Sequence : entry.Opening;
        if (!_accountPlaces.TryGetValue(_opening, out int place))
        {
            place = _accounts.Count;
            _accountPlaces.Add(_opening, place);
            _accounts.Add(opens ? new TableItem(0, entry.Account.Value) : new TableItem(DistanceTo(_opening), null));
        }

        _entries.WriteVarint((ulong)place);
    }

    private int PlaceOf(string payer)
    {
        if (!_payerPlaces.TryGetValue(payer, out int place))
        {
            place = _payerPlaces.Count;
            _payerPlaces.Add(payer, place);
            _payers.WriteText(payer);
        }

        return place;
    }

    private void WriteActor(string actor, Sequence entry)
    {
        if (!_actorPlaces.TryGetValue(actor, out int place))
        {
            place = _actorTable.Count;
            _actorPlaces.Add(actor, place);
            if (_actors.Find(actor) is { } introduced)
            {
                _actorTable.Add(new TableItem(DistanceTo(introduced), null));
            }
            else
            {
                _actors.Introduce(actor, entry);
                _actorTable.Add(new TableItem(0, actor));
            }
        }

        _entries.WriteVarint((ulong)place);
    }

    private long DistanceTo(Sequence earlier) => earlier < _blockFirst
        ? _blockFirst.Value - earlier.Value
        : throw new ArgumentException($"Entry {earlier} is not before entry {_blockFirst}, and introduces nothing.", nameof(earlier));

    /// <summary>Reserves the digest of a text. Its salt is drawn after those of the tables, which precede it.</summary>
    private void WriteOriginText(Digest? hash, string content)
    {
        _entries.WriteVarint((ulong)LengthOf(hash, content));
        _originTexts.Add(new OriginText(_entries.Length, hash, content));
        _entries.Take(Digest.Length);
    }

    private static int LengthOf(Digest? hash, string content) => (hash is null ? 0 : Digest.Length) + Encoding.UTF8.GetByteCount(content);

    /// <summary>Appends a text to the texts and computes its digest.</summary>
    private void WriteText(Digest? hash, string content, Span<byte> digest)
    {
        Span<byte> text = _texts.Take(ErasableText.SaltLength + LengthOf(hash, content));
        salts(text[..ErasableText.SaltLength]);
        hash?.CopyTo(text[ErasableText.SaltLength..]);
        Encoding.UTF8.GetBytes(content, text[(ErasableText.SaltLength + (hash is null ? 0 : Digest.Length))..]);
        ErasableText.WriteDigest(text, digest);
    }

    /// <summary>An account or an actor of the block. Either the block introduces it with a text, or an entry at this distance before the block did.</summary>
    private readonly record struct TableItem(long Distance, string? Text);

    /// <summary>A text of an origin, and the place for its digest.</summary>
    private readonly record struct OriginText(int Offset, Digest? Hash, string Content);
}

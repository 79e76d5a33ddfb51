using System.Diagnostics;
using System.Text;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Encodes entries as the body and the texts of a commit, see <see cref="CommitBody"/>. Used again and again. Not thread-safe.</summary>
/// <param name="salts">Gives the salts of erasable texts.</param>
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
    private readonly ActorNames _actors = new();
    private Sequence _blockFirst;
    private Sequence _opening;
    private long _occurredAt;

    /// <summary>Encodes entries.</summary>
    /// <param name="entries">At least one entry, numbered without a gap.</param>
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
        }

        byte[] body = new byte[_index.Length + _blocks.Length];
        _index.Written.CopyTo(body);
        _blocks.Written.CopyTo(body.AsSpan(_index.Length));
        return new CommitBytes(body, _texts.Written.ToArray());
    }

    /// <summary>Forgets the actors. Each is introduced again.</summary>
    public void ForgetActors() => _actors.Clear();

    /// <summary>Takes note that what was encoded last is durable. Later commits refer to the actors that it introduced.</summary>
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
            Write(entries[index]);
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

    private void Write(Entry entry)
    {
        // An account that is opened has no place yet, whatever came before.
        bool hasSameAccount = entry.Opening != Sequence.Zero && entry.Opening == _opening;
        EntryShape shape = EntryShape.Of(entry, hasSameAccount);
        _entries.WriteByte(shape.First);
        _entries.WriteByte(shape.Second);
        if (!hasSameAccount)
        {
            WriteAccount(entry);
        }

        if (entry.Payer is { } payer)
        {
            WritePayer(payer.Value);
        }

        WriteAmounts(entry, shape.Amounts);
        WriteTimesAndPlaces(entry);
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

    /// <summary>Writes the place of an account. The first entry of an account opens it; all others tell which entry that was.</summary>
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

    private void WritePayer(string payer)
    {
        if (!_payerPlaces.TryGetValue(payer, out int place))
        {
            place = _payerPlaces.Count;
            _payerPlaces.Add(payer, place);
            _payers.WriteText(payer);
        }

        _entries.WriteVarint((ulong)place);
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

    /// <summary>Makes room for the digest of a text. Its salt is not drawn before those of the tables, which stand before it.</summary>
    private void WriteOriginText(Digest? hash, string content)
    {
        _entries.WriteVarint((ulong)LengthOf(hash, content));
        _originTexts.Add(new OriginText(_entries.Length, hash, content));
        _entries.Take(Digest.Length);
    }

    private static int LengthOf(Digest? hash, string content) => (hash is null ? 0 : Digest.Length) + Encoding.UTF8.GetByteCount(content);

    /// <summary>Appends a text to the texts, and computes its digest.</summary>
    private void WriteText(Digest? hash, string content, Span<byte> digest)
    {
        Span<byte> text = _texts.Take(ErasableText.SaltLength + LengthOf(hash, content));
        salts(text[..ErasableText.SaltLength]);
        hash?.CopyTo(text[ErasableText.SaltLength..]);
        Encoding.UTF8.GetBytes(content, text[(ErasableText.SaltLength + (hash is null ? 0 : Digest.Length))..]);
        ErasableText.WriteDigest(text, digest);
    }

    /// <summary>An account or an actor of the block: introduced in it with a text, or by an entry so far before the block.</summary>
    private readonly record struct TableItem(long Distance, string? Text);

    /// <summary>A text of an origin, and where its digest belongs.</summary>
    private readonly record struct OriginText(int Offset, Digest? Hash, string Content);
}

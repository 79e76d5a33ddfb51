using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Builds the row of an operation from its entries, and its checksums. Used again and again. Not thread-safe.</summary>
internal sealed class OperationRowBuilder
{
    private readonly OperationHasher _hasher = new();
    private readonly PayerTally _payers = new();
    private readonly ArrayBufferWriter<byte> _payerBytes = new();
    private readonly ArrayBufferWriter<byte> _pieces = new();
    private Entry? _head;
    private ulong _headCheck;
    private Sequence _last;
    private CommitTime _time;
    private Points _points;
    private int _inPiece;

    /// <summary>Whether an operation was begun and not finished.</summary>
    public bool HasEntries => _head is not null;

    /// <summary>Adds the next entry of the operation.</summary>
    public void Add(Entry entry, CommitTime time)
    {
        Debug.Assert(_head is null ? entry.IsFirst : entry.Sequence == _last.Next && entry.Operation == _head.Sequence, "An operation is a run of entries.");
        if (_head is null)
        {
            (_head, _time, _points, _headCheck) = (entry, time, Points.Zero, _hasher.HashEntry(entry));
        }
        else
        {
            _hasher.Append(entry);
            if (++_inPiece == PieceChecks.EntriesPerPiece)
            {
                EndPiece();
            }
        }

        _last = entry.Sequence;
        _points += entry.Points;
        _payers.Add(entry);
    }

    /// <summary>The row of the operation; the next entry begins another one.</summary>
    public OperationRow Finish()
    {
        Entry head = _head ?? throw new InvalidOperationException("An operation has at least one entry.");
        if (_inPiece > 0)
        {
            EndPiece();
        }

        OperationSummary summary = new(
            head.Sequence, _last, OperationKind.Of(head), _time, _points, OperationPayers.Of(_payers, _payerBytes), _headCheck);
        OperationRow row = new(
            summary.First,
            summary.Last,
            summary.Kind,
            summary.Time,
            summary.Points,
            summary.Payers,
            new OperationCheck(_hasher.HashRow(head.Account, summary), _headCheck),
            _pieces.WrittenCount == 0 ? null : new PieceChecks(_pieces.WrittenSpan.ToArray()));
        _head = null;
        _payers.Clear();
        _pieces.ResetWrittenCount();
        return row;
    }

    private void EndPiece()
    {
        BinaryPrimitives.WriteUInt64BigEndian(_pieces.GetSpan(PieceChecks.CheckLength), _hasher.TakeHash());
        _pieces.Advance(PieceChecks.CheckLength);
        _inPiece = 0;
    }
}

/// <summary>All that the checksum of an operation's row is computed of, but for the account.</summary>
internal readonly record struct OperationSummary(
    Sequence First, Sequence Last, EntryKind Kind, CommitTime Time, Points Points, OperationPayers Payers, ulong Head)
{
    public static OperationSummary Of(OperationRow row) =>
        new(row.First, row.Last, row.Kind, row.Time, row.Points, row.Payers, row.Check.Head);
}

/// <summary>Computes the checksums of operations: XXH3 (64 bits) of canonical bytes. Not thread-safe.</summary>
internal sealed class OperationHasher
{
    private readonly CanonicalWriter _writer = new();
    private readonly CanonicalWriter _gathered = new();

    /// <summary>The checksum of one entry.</summary>
    public ulong HashEntry(Entry entry)
    {
        _writer.Reset();
        WriteEntry(_writer, entry);
        return XxHash3.HashToUInt64(_writer.Written);
    }

    /// <summary>The checksum of what a row says.</summary>
    public ulong HashRow(AccountId account, in OperationSummary row)
    {
        _writer.Reset();
        _writer.WriteText(account.Value);
        _writer.WriteInt64(row.First.Value);
        _writer.WriteInt64(row.Last.Value);
        _writer.WriteByte((byte)row.Kind);
        _writer.WriteInt64(row.Time.DecidedAt.UnixMicroseconds);
        _writer.WriteInt64(row.Time.RecordedAt.UnixMicroseconds);
        _writer.WriteInt64(row.Points.Value);
        _writer.WriteInt64(row.Payers.Bytes.Length);
        _writer.WriteBytes(row.Payers.Bytes);
        _writer.WriteInt64(unchecked((long)row.Head));
        return XxHash3.HashToUInt64(_writer.Written);
    }

    /// <summary>Adds an entry to those that are hashed together.</summary>
    public void Append(Entry entry) => WriteEntry(_gathered, entry);

    /// <summary>The checksum of the entries that were added; the next one begins another piece.</summary>
    public ulong TakeHash()
    {
        ulong hash = XxHash3.HashToUInt64(_gathered.Written);
        _gathered.Reset();
        return hash;
    }

    private static void WriteEntry(CanonicalWriter writer, Entry entry)
    {
        writer.WriteInt64(entry.Sequence.Value);
        writer.WriteByte((byte)entry.Kind);
        writer.WriteText(entry.Account.Value);
        writer.WriteOptionalText(entry.Payer?.Value);
        writer.WriteInt64(entry.Points.Value);
        writer.WriteInt64(entry.LotPoints.Value);
        writer.WriteOptionalInt64(entry.OccurredAt?.UnixMicroseconds);
        writer.WriteOptionalInt64(entry.Lot?.Value);
        writer.WriteOptionalInt64(entry.ExpiresAt?.UnixMicroseconds);
        writer.WriteInt64(entry.Operation.Value);
        writer.WriteOptionalInt64(entry.Subject?.Value);
        writer.WriteOptionalText(entry.Origin?.Key?.Value);
        WriteKeyHash(writer, entry.Origin?.KeyHash);
        writer.WriteOptionalText(entry.Origin?.Reference);
        writer.WriteOptionalText(entry.Origin?.Reason);
        writer.WriteOptionalText(entry.Origin?.Actor);
    }

    private static void WriteKeyHash(CanonicalWriter writer, Digest? hash)
    {
        writer.WriteByte(hash is null ? (byte)0 : (byte)1);
        if (hash is not null)
        {
            Span<byte> bytes = stackalloc byte[Digest.Length];
            hash.Value.CopyTo(bytes);
            writer.WriteBytes(bytes);
        }
    }
}

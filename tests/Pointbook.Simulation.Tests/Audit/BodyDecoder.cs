namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Decodes the body of a commit, without any code of the ledger. It accepts the one form that entries have.</summary>
/// <remarks>
/// A body is the length of each block and then the blocks, each of 256 entries besides the last one. A block is the number of its names, its
/// names and its entries. A name is used by its place, and the names stand in the order in which the entries need them.
/// Numbers are varints of seven bits a byte, the lowest first; signed ones are 0, -1, 1, -2, 2 ….
/// </remarks>
internal sealed class BodyDecoder
{
    private const int EntriesPerBlock = 256;
    private const int DigestLength = 32;

    // The number of a kind is its place.
    private static readonly string?[] Kinds =
        [null, "credit", "deduction", "spend", "draw", "settlement", "capture", "reversal", "return", "expiry", "flush", "restore"];

    private readonly BodyReader _reader;
    private readonly string[] _names;
    private int _namesUsed;
    private string? _account;
    private long _occurredAt;

    private BodyDecoder(BodyReader block)
    {
        _reader = block;
        _names = [.. Enumerable.Range(0, block.ReadLength()).Select(_ => block.ReadText())];
        block.Require(_names.Distinct(StringComparer.Ordinal).Count() == _names.Length, "has a name twice");
    }

    /// <summary>The entries of a commit.</summary>
    /// <exception cref="AuditException">The body is not the body of these entries.</exception>
    public static List<JournalRow> Decode(CommitRow commit)
    {
        BodyReader body = new(commit.Body, commit.ToString());
        body.Require(commit.Count > 0 && commit.Count <= commit.Body.Length, "lacks entries");
        int[] lengths = [.. Enumerable.Range(0, (int)((commit.Count + EntriesPerBlock - 1) / EntriesPerBlock)).Select(_ => body.ReadLength())];
        List<JournalRow> rows = new((int)commit.Count);
        foreach (int length in lengths)
        {
            BodyDecoder block = new(new BodyReader(body.ReadBytes(length), commit.ToString()));
            block.ReadEntries(rows, commit.First + rows.Count, (int)Math.Min(EntriesPerBlock, commit.Count - rows.Count));
        }

        body.Require(body.IsAtEnd, "goes on behind its last block");
        return rows;
    }

    private void ReadEntries(List<JournalRow> rows, long first, int count)
    {
        for (int number = 0; number < count; number++)
        {
            rows.Add(ReadEntry(first + number));
        }

        _reader.Require(_reader.IsAtEnd, "goes on behind the last entry of a block");
        _reader.Require(_namesUsed == _names.Length, "has a name that no entry uses");
    }

    private JournalRow ReadEntry(long sequence)
    {
        byte kind = _reader.ReadByte();
        byte parts = _reader.ReadByte();
        bool hasAccount = (kind & 0x40) == 0;
        bool isFirst = (kind & 0x80) != 0;
        string? account = hasAccount ? ReadName() : _account;
        _reader.Require(account is not null && hasAccount == (account != _account), "has an entry without its account, or tells it twice");
        _account = account;
        string? payer = (parts & 1) != 0 ? ReadName() : null;
        (long points, long lotPoints) = ReadAmounts(parts >> 6);
        long? occurredAt = (parts & 2) != 0 ? _occurredAt = ReadAfter(_occurredAt) : null;
        long? lot = (parts & 4) != 0 ? ReadBefore(sequence) : null;
        long? expiresAt = (parts & 8) != 0 ? ReadAfter(occurredAt ?? 0) : null;
        long operation = isFirst ? sequence : ReadBefore(sequence);
        long? subject = (parts & 16) != 0 ? ReadBefore(sequence) : null;
        (string? key, byte[]? keyHash) = (parts & 32) != 0 ? ReadOrigin() : (null, null);
        _reader.Require(isFirst == (operation == sequence), "has an entry with the wrong mark for the first one of an operation");
        return new JournalRow(
            sequence, NameOf(kind & 0x3F), account!, payer, points, lotPoints, occurredAt, lot, expiresAt, operation, subject, key, keyHash);
    }

    /// <summary>Reads by how much the balance and the lot change: by the same (0), the balance only (1), the lot only (2), each by its own (3).</summary>
    private (long Points, long LotPoints) ReadAmounts(int shape)
    {
        long amount = _reader.ReadSigned();
        switch (shape)
        {
            case 0:
                return (amount, amount);
            case 1:
                _reader.Require(amount != 0, "has an amount in the wrong form");
                return (amount, 0);
            case 2:
                _reader.Require(amount != 0, "has an amount in the wrong form");
                return (0, amount);
            default:
                long lotPoints = _reader.ReadSigned();
                _reader.Require(amount != 0 && lotPoints != 0 && amount != lotPoints, "has two amounts where one says it");
                return (amount, lotPoints);
        }
    }

    private (string? Key, byte[]? KeyHash) ReadOrigin()
    {
        byte parts = _reader.ReadByte();
        _reader.Require(parts is > 0 and < 32, "has an origin with unknown parts");
        string? key = (parts & 1) != 0 ? _reader.ReadText() : null;
        byte[]? keyHash = (parts & 2) != 0 ? _reader.ReadBytes(DigestLength) : null;
        // Reference, reason and actor: nothing is added up from them.
        _ = (parts & 4) != 0 ? _reader.ReadText() : null;
        _ = (parts & 8) != 0 ? _reader.ReadText() : null;
        _ = (parts & 16) != 0 ? ReadName() : null;
        return (key, keyHash);
    }

    private string ReadName()
    {
        int place = _reader.ReadLength();
        _reader.Require(place <= _namesUsed && place < _names.Length, "has a name in the wrong place");
        _namesUsed = Math.Max(_namesUsed, place + 1);
        return _names[place];
    }

    private string NameOf(int kind)
    {
        _reader.Require(kind > 0 && kind < Kinds.Length, $"has an entry of kind {kind}");
        return Kinds[kind]!;
    }

    // Differences may wrap around.
    private long ReadAfter(long value) => unchecked(value + _reader.ReadSigned());

    private long ReadBefore(long value) => unchecked(value - _reader.ReadSigned());
}

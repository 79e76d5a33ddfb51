namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Decodes the body and the texts of a commit, without any code of the ledger. It accepts the one form that entries have.</summary>
/// <remarks>
/// A body is the lengths of each block and of its texts, and then the blocks, each of 256 entries besides the last one. A block is a table of payers,
/// one of accounts, one of actors, and its entries. Where the block has a digest, the text is the next one of its texts.
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
    private readonly ErasableTexts _texts;
    private readonly NameTable _payers;
    private readonly NameTable _accounts;
    private readonly NameTable _actors;
    private readonly long _first;
    private string? _account;
    private long _occurredAt;

    private BodyDecoder(BodyReader block, ErasableTexts texts, long first, AuditedNames names)
    {
        (_reader, _texts, _first) = (block, texts, first);
        _payers = NameTable.Read(block);
        _accounts = NameTable.Read(block, texts, first, names.Accounts);
        _actors = NameTable.Read(block, texts, first, names.Actors);
    }

    /// <summary>The entries of a commit.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="names">The names of the commits before it. It gets those of this commit.</param>
    /// <exception cref="AuditException">The body and the texts are not those of these entries.</exception>
    public static List<JournalRow> Decode(CommitRow commit, AuditedNames names)
    {
        BodyReader body = new(commit.Body, commit.ToString());
        BodyReader texts = new(commit.Texts, $"texts of the {commit}");
        body.Require(commit.First > 0 && commit.Count > 0 && commit.Count <= commit.Body.Length, "lacks entries");
        (int Body, int Texts)[] lengths =
        [
            .. Enumerable.Range(0, (int)((commit.Count + EntriesPerBlock - 1) / EntriesPerBlock))
                .Select(_ => (body.ReadLength(), body.ReadLength(commit.Texts.Length))),
        ];
        List<JournalRow> rows = new((int)commit.Count);
        foreach ((int Body, int Texts) length in lengths)
        {
            BodyReader blockBody = new(body.ReadBytes(length.Body), commit.ToString());
            ErasableTexts blockTexts = new(texts.ReadBytes(length.Texts), commit.ToString());
            BodyDecoder block = new(blockBody, blockTexts, commit.First + rows.Count, names);
            block.ReadEntries(rows, (int)Math.Min(EntriesPerBlock, commit.Count - rows.Count));
        }

        body.Require(body.IsAtEnd, "goes on behind its last block");
        texts.Require(texts.IsAtEnd, "go on behind those of the last block");
        return rows;
    }

    private void ReadEntries(List<JournalRow> rows, int count)
    {
        for (int number = 0; number < count; number++)
        {
            rows.Add(ReadEntry(_first + number));
        }

        _reader.Require(_reader.IsAtEnd, "goes on behind the last entry of a block");
        _reader.Require(_payers.IsUsed && _accounts.IsUsed && _actors.IsUsed, "has a name that no entry uses");
        _reader.Require(_texts.IsAtEnd, "has a text without a digest");
    }

    private JournalRow ReadEntry(long sequence)
    {
        byte kind = _reader.ReadByte();
        byte parts = _reader.ReadByte();
        bool hasAccount = (kind & 0x40) == 0;
        bool isFirst = (kind & 0x80) != 0;
        string? account = hasAccount ? _accounts.ReadPlace(sequence) : _account;
        _reader.Require(account is not null && hasAccount == (account != _account), "has an entry without its account, or tells it twice");
        _account = account;
        string? payer = (parts & 1) != 0 ? _payers.ReadPlace(sequence) : null;
        (long points, long lotPoints) = ReadAmounts(parts >> 6);
        long? occurredAt = (parts & 2) != 0 ? _occurredAt = ReadAfter(_occurredAt) : null;
        long? lot = (parts & 4) != 0 ? ReadBefore(sequence) : null;
        long? expiresAt = (parts & 8) != 0 ? ReadAfter(occurredAt ?? 0) : null;
        long operation = isFirst ? sequence : ReadBefore(sequence);
        long? subject = (parts & 16) != 0 ? ReadBefore(sequence) : null;
        _reader.Require(isFirst == (operation == sequence), "has an entry with the wrong mark for the first one of an operation");
        JournalRow row = new(
            sequence, NameOf(kind & 0x3F), account!, payer, points, lotPoints, occurredAt, lot, expiresAt, operation, subject, Key: null, KeyHash: null);
        return (parts & 32) != 0 ? ReadOrigin(row) : row;
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

    private JournalRow ReadOrigin(JournalRow row)
    {
        byte parts = _reader.ReadByte();
        _reader.Require(parts is > 0 and < 16, "has an origin with unknown parts");
        // The hash of its command stands before a key.
        BodyReader? key = (parts & 1) != 0 ? _texts.Read(_reader) : null;
        return row with
        {
            KeyHash = key?.ReadBytes(DigestLength),
            Key = key?.ReadRest(),
            Reference = (parts & 2) != 0 ? _texts.Read(_reader).ReadRest() : null,
            Reason = (parts & 4) != 0 ? _texts.Read(_reader).ReadRest() : null,
            Actor = (parts & 8) != 0 ? _actors.ReadPlace(row.Sequence) : null,
        };
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

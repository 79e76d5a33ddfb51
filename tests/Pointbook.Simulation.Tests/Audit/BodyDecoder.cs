using System.Security.Cryptography;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Decodes the body and the texts of a commit, without any code of the ledger. It accepts only the one valid form of the entries.</summary>
/// <remarks>
/// A body begins with the length of each block, the length of its texts, and its digest. The blocks follow. Each has 256 entries, and the last one may have fewer. A
/// block is a table of payers, one of accounts, one of actors, and its entries. Each digest in the block belongs to the next one of its texts. The first entry of an
/// operation has the sums of the operation.
/// Numbers are varints of seven bits a byte, the lowest first. Signed numbers are encoded in the order 0, -1, 1, -2, 2 ….
/// </remarks>
internal sealed class BodyDecoder
{
    private const int DigestLength = 32;

    // The number of a kind is its index in this array.
    private static readonly string?[] Kinds =
        [null, "credit", "deduction", "spend", "draw", "settlement", "capture", "reversal", "return", "expiry", "flush", "restore", "erasure"];

    private readonly BodyReader _reader;
    private readonly ErasableTexts _texts;
    private readonly NameTable _payers;
    private readonly NameTable _accounts;
    private readonly NameTable _actors;
    private readonly List<JournalRow> _rows;
    private readonly List<OperationHead> _heads;
    private readonly long _first;
    private readonly AuditedNames _introduced;
    private AuditedName? _account;
    private long _occurredAt;

    private BodyDecoder(BodyReader block, ErasableTexts texts, long first, AuditedNames names, List<JournalRow> rows, List<OperationHead> heads)
    {
        (_reader, _texts, _first, _introduced, _rows, _heads) = (block, texts, first, names, rows, heads);
        _payers = NameTable.Read(block);
        _accounts = NameTable.Read(block, texts, first, names.Accounts);
        _actors = NameTable.Read(block, texts, first, names.Actors);
    }

    /// <summary>The entries of a commit.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="names">The names of the earlier commits. The decoder adds those of this commit.</param>
    /// <exception cref="AuditException">The body and the texts are not those of these entries.</exception>
    public static List<JournalRow> Decode(CommitRow commit, AuditedNames names)
    {
        BodyIndex index = BodyIndex.Read(commit);
        BodyReader blocks = new(commit.Body[index.Bytes.Length..], $"blocks of the {commit}");
        BodyReader texts = new(commit.Texts, $"texts of the {commit}");
        List<JournalRow> rows = new((int)commit.Count);
        List<OperationHead> heads = [];
        foreach (BlockPlace place in index.Blocks)
        {
            byte[] block = blocks.ReadBytes(place.Length);
            blocks.Require(SHA256.HashData(block).AsSpan().SequenceEqual(place.Digest), "have one with another digest than in the index");
            ErasableTexts blockTexts = new(texts.ReadBytes(place.TextsLength), commit.ToString());
            new BodyDecoder(new BodyReader(block, commit.ToString()), blockTexts, commit.First + rows.Count, names, rows, heads).ReadEntries(place.Entries);
        }

        blocks.Require(blocks.IsAtEnd, "continue after the last one");
        texts.Require(texts.IsAtEnd, "continue after those of the last block");
        CheckHeads(rows, heads);
        return rows;
    }

    /// <summary>Checks that the entries of an operation follow each other and match its head.</summary>
    private static void CheckHeads(List<JournalRow> rows, List<OperationHead> heads)
    {
        int end = 0;
        foreach (OperationHead head in heads)
        {
            List<JournalRow> operation = [rows[end++]];
            while (end < rows.Count && rows[end].Operation == operation[0].Sequence)
            {
                operation.Add(rows[end++]);
            }

            OperationHead expected = OperationHead.Of(operation);
            if (head != expected)
            {
                throw new AuditException($"The {operation[0]} begins an operation with {expected}, and its head has {head}.");
            }
        }
    }

    private void ReadEntries(int count)
    {
        for (int number = 0; number < count; number++)
        {
            _rows.Add(ReadEntry(_first + number));
        }

        _reader.Require(_reader.IsAtEnd, "continues after the last entry of a block");
        _reader.Require(_payers.IsUsed && _accounts.IsUsed && _actors.IsUsed, "has a name that no entry uses");
        _reader.Require(_texts.IsAtEnd, "has a text without a digest");
    }

    private JournalRow ReadEntry(long sequence)
    {
        byte kind = _reader.ReadByte();
        byte parts = _reader.ReadByte();
        bool hasAccount = (kind & 0x40) == 0;
        bool isFirst = (kind & 0x80) != 0;
        AuditedName? found = hasAccount ? _accounts.ReadPlace(sequence) : _account;
        _reader.Require(found is not null && hasAccount == (found != _account), "has an entry without its account, or names it twice");
        _account = found;
        AuditedName account = found!.Value;
        string? payer = (parts & 1) != 0 ? _payers.ReadPlace(sequence).Text : null;
        (long points, long lotPoints) = ReadAmounts(parts >> 6);
        long? occurredAt = (parts & 2) != 0 ? _occurredAt = ReadAfter(_occurredAt) : null;
        long? lot = (parts & 4) != 0 ? ReadBefore(sequence) : null;
        long? expiresAt = (parts & 8) != 0 ? ReadAfter(occurredAt ?? 0) : null;
        (long previous, long balance) = isFirst ? ReadHead(sequence) : default;
        long operation = isFirst ? sequence : ReadOperation(sequence);
        long? subject = (parts & 16) != 0 ? ReadBefore(sequence) : null;
        bool isOpening = account.Introduced == sequence;
        bool isErased = AuditedName.IsErased(account.Text!);
        JournalRow row = new(
            sequence, NameOf(kind & 0x3F), account.Text!, payer, points, lotPoints, occurredAt, lot, expiresAt, operation, subject, Key: null, KeyHash: null)
        {
            Opening = account.Introduced,
            PreviousOperation = previous,
            BalanceBefore = balance,
            TextsLeft = isOpening && !isErased ? 1 : 0,
            TextsErased = isOpening && isErased ? 1 : 0,
        };
        if (row.Kind == "erasure")
        {
            _introduced.Accounts.Free(row.Opening);
        }

        return (parts & 32) != 0 ? ReadOrigin(row) : row;
    }

    /// <summary>Reads the head in the first entry of an operation.</summary>
    /// <returns>The previous operation of the account, and the balance before this one.</returns>
    private (long Previous, long Balance) ReadHead(long sequence)
    {
        ulong distance = _reader.ReadNumber();
        _reader.Require(distance < (ulong)sequence, "has a previous operation before the first entry");
        ulong balance = _reader.ReadNumber();
        _reader.Require(balance <= long.MaxValue, "has a balance of more than 63 bits");
        ulong further = _reader.ReadNumber();
        PayerSum[] sums = further == 0 ? [] : [.. Enumerable.Range(0, _reader.ReadLength()).Select(_ => ReadSum(sequence))];
        _heads.Add(new OperationHead(further, sums));
        return (distance == 0 ? 0 : sequence - (long)distance, (long)balance);
    }

    /// <summary>Reads the sum of a payer. The payer's index is doubled. It is one more if the payer only settles.</summary>
    private PayerSum ReadSum(long sequence)
    {
        ulong number = _reader.ReadNumber();
        string payer = _payers.Use(number / 2, sequence).Text!;
        return new PayerSum(payer, number % 2 == 0 ? _reader.ReadSigned() : null);
    }

    /// <summary>The operation of an entry that is not its first one: the operation of the previous entry. The first entry of a block repeats it.</summary>
    private long ReadOperation(long sequence)
    {
        JournalRow? before = _rows.LastOrDefault();
        _reader.Require(before is not null && before.Opening == _account!.Value.Introduced, "has an entry that belongs to no operation of its account");
        _reader.Require(sequence != _first || ReadBefore(sequence) == before!.Operation, "has a block that begins within another operation than the one before it");
        return before!.Operation;
    }

    /// <summary>Reads the changes of the balance and the lot: the same (0), only the balance (1), only the lot (2), or different ones (3).</summary>
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
                _reader.Require(amount != 0 && lotPoints != 0 && amount != lotPoints, "has two amounts where one is enough");
                return (amount, lotPoints);
        }
    }

    private JournalRow ReadOrigin(JournalRow row)
    {
        byte parts = _reader.ReadByte();
        _reader.Require(parts is > 0 and < 16, "has an origin with unknown parts");
        bool hasKey = (parts & 1) != 0;
        bool isErasure = row.Kind == "erasure";
        BodyReader? key = hasKey ? ReadText(ref row) : null;
        // The hash of the command comes before the key.
        byte[]? keyHash = key?.ReadBytes(DigestLength);
        return row with
        {
            HasKey = hasKey,
            KeyHash = keyHash,
            Key = key?.ReadRest(),
            Reference = (parts & 2) != 0 ? (isErasure ? ReadKeptText() : ReadText(ref row)?.ReadRest()) : null,
            Reason = (parts & 4) != 0 ? (isErasure ? ReadKeptText() : ReadText(ref row)?.ReadRest()) : null,
            Actor = (parts & 8) != 0 ? _actors.ReadPlace(row.Sequence).Text : null,
            TextsLeft = row.TextsLeft,
            TextsErased = row.TextsErased,
        };
    }

    /// <summary>Reads a text that an erasure of the account overwrites.</summary>
    /// <returns>The text; null if it is erased, or counts as erased because the key of the account is.</returns>
    private BodyReader? ReadText(ref JournalRow row)
    {
        BodyReader? text = _texts.Read(_reader);
        row = text is null ? row with { TextsErased = row.TextsErased + 1 } : row with { TextsLeft = row.TextsLeft + 1 };
        return AuditedName.IsErased(row.Account) ? null : text;
    }

    /// <summary>Reads the reference or the reason of an erasure, which nothing overwrites.</summary>
    private string ReadKeptText()
    {
        BodyReader? text = _texts.Read(_reader);
        _reader.Require(text is not null, "lacks the reference or the reason of an erasure");
        return text!.ReadRest();
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

using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Decodes one block of a commit's body.</summary>
internal ref struct BlockDecoder
{
    private readonly Name[] _names;
    private ByteReader _reader;
    private AccountId? _account;
    private long _occurredAt;

    /// <summary>Reads the names of a block.</summary>
    /// <param name="block">The bytes of the block.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a block.</exception>
    public BlockDecoder(ReadOnlySpan<byte> block)
    {
        _reader = new ByteReader(block);
        _names = new Name[_reader.ReadCount(_reader.Remaining)];
        for (int index = 0; index < _names.Length; index++)
        {
            _names[index] = new Name(_reader.ReadText());
        }
    }

    /// <summary>Decodes the entries.</summary>
    /// <param name="first">The first entry of the block.</param>
    /// <param name="entries">Gets all entries of the block.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a block.</exception>
    public void Decode(Sequence first, Span<Entry> entries)
    {
        for (int index = 0; index < entries.Length; index++)
        {
            entries[index] = ReadEntry(first.Plus(index));
        }

        if (_reader.Remaining > 0)
        {
            throw _reader.Invalid("it goes on behind its last entry");
        }
    }

    private Entry ReadEntry(Sequence sequence)
    {
        EntryShape shape = new(_reader.ReadByte(), _reader.ReadByte());
        if (!shape.HasKnownKind)
        {
            throw _reader.Invalid($"{(int)shape.Kind} is not a kind of entry");
        }

        AccountId account = shape.HasSameAccount ? _account ?? throw _reader.Invalid("the first entry has no account") : ReadAccount();
        _account = account;
        PayerName? payer = shape.HasPayer ? ReadPayer() : null;
        (Points points, Points lotPoints) = ReadAmounts(shape.Amounts);
        Instant? occurredAt = shape.HasOccurredAt ? ReadOccurredAt() : null;
        Sequence? lot = shape.HasLot ? ReadBefore(sequence) : null;
        Instant? expiresAt = shape.HasExpiresAt ? ReadInstant(occurredAt?.UnixMicroseconds ?? 0) : null;
        Sequence operation = shape.IsFirst ? sequence : ReadBefore(sequence);
        return new Entry
        {
            Sequence = sequence,
            Kind = shape.Kind,
            Account = account,
            Payer = payer,
            Points = points,
            LotPoints = lotPoints,
            OccurredAt = occurredAt,
            Lot = lot,
            ExpiresAt = expiresAt,
            Operation = operation,
            Subject = shape.HasSubject ? ReadBefore(sequence) : null,
            Origin = shape.HasOrigin ? ReadOrigin() : null,
        };
    }

    private (Points Points, Points LotPoints) ReadAmounts(AmountShape shape)
    {
        Points amount = new(_reader.ReadSigned());
        return shape switch
        {
            AmountShape.Same => (amount, amount),
            AmountShape.BalanceOnly => (amount, Points.Zero),
            AmountShape.LotOnly => (Points.Zero, amount),
            _ => (amount, new Points(_reader.ReadSigned())),
        };
    }

    private Instant ReadOccurredAt()
    {
        Instant occurredAt = ReadInstant(_occurredAt);
        _occurredAt = occurredAt.UnixMicroseconds;
        return occurredAt;
    }

    private Instant ReadInstant(long origin) =>
        Instant.TryFromUnixMicroseconds(unchecked(origin + _reader.ReadSigned())) ?? throw _reader.Invalid("a time is outside the years 1 to 9999");

    private Sequence ReadBefore(Sequence sequence)
    {
        long value = unchecked(sequence.Value - _reader.ReadSigned());
        return value >= 0 ? new Sequence(value) : throw _reader.Invalid($"{value} is not the place of an entry");
    }

    private Origin ReadOrigin()
    {
        OriginParts parts = (OriginParts)_reader.ReadByte();
        if (parts == 0 || (parts & ~OriginParts.All) != 0)
        {
            throw _reader.Invalid($"{(int)parts} is not a set of parts of an origin");
        }

        return new Origin
        {
            Key = parts.HasFlag(OriginParts.Key) ? ReadKey() : null,
            KeyHash = parts.HasFlag(OriginParts.KeyHash) ? new Digest(_reader.ReadBytes(Digest.Length)) : null,
            Reference = parts.HasFlag(OriginParts.Reference) ? _reader.ReadText() : null,
            Reason = parts.HasFlag(OriginParts.Reason) ? _reader.ReadText() : null,
            Actor = parts.HasFlag(OriginParts.Actor) ? _names[ReadName()].Text : null,
        };
    }

    private IdempotencyKey ReadKey() =>
        IdempotencyKey.TryCreate(_reader.ReadText(), out IdempotencyKey? key, out _) ? key : throw _reader.Invalid("a text is not an idempotency key");

    private AccountId ReadAccount()
    {
        ref Name name = ref _names[ReadName()];
        return name.Account ??= AccountId.TryCreate(name.Text, out AccountId? account, out _) ? account : throw _reader.Invalid("a name is not an account");
    }

    private PayerName ReadPayer()
    {
        ref Name name = ref _names[ReadName()];
        return name.Payer ??= PayerName.TryFromTrusted(name.Text) ?? throw _reader.Invalid("a name is not a payer");
    }

    private int ReadName() => _reader.ReadCount(_names.Length - 1);

    /// <summary>A name of the block, and what it was read as, so that an account or payer exists once.</summary>
    private struct Name(string text)
    {
        public readonly string Text => text;

        public AccountId? Account;
        public PayerName? Payer;
    }
}

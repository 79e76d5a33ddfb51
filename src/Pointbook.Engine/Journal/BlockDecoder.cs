using System.Text;
using System.Text.Unicode;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Decodes entries of one block of a commit's body. Those that nobody wants are passed over without an object for any part of them.</summary>
internal ref struct BlockDecoder
{
    private const int NoName = -1;

    // An account, a payer and an actor.
    private const int NamesPerEntryMax = 3;

    private readonly Name[] _names;
    private readonly ReadOnlySpan<byte> _block;
    private ByteReader _reader;
    private Sequence _next;
    private int _account = NoName;
    private int _namesMet;
    private long _occurredAt;

    /// <summary>Reads where the names of a block stand.</summary>
    /// <param name="block">The bytes of the block.</param>
    /// <param name="entries">The entries of the block.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a block.</exception>
    public BlockDecoder(ReadOnlySpan<byte> block, EntryRange entries)
    {
        _block = block;
        _next = entries.First;
        _reader = new ByteReader(block);
        long namesMax = NamesPerEntryMax * (entries.Last.Value - entries.First.Value + 1);
        _names = new Name[_reader.ReadCount((int)Math.Min(_reader.Remaining, namesMax))];
        for (int index = 0; index < _names.Length; index++)
        {
            int length = _reader.ReadCount(_reader.Remaining);
            _names[index] = new Name { Start = _reader.Position, Length = length };
            _ = _reader.ReadBytes(length);
        }
    }

    /// <summary>Decodes the next entry.</summary>
    /// <exception cref="InvalidRowException">Nothing writes such a block.</exception>
    public Entry Read()
    {
        Sequence sequence = _next;
        _next = sequence.Next;
        EntryShape shape = ReadShape();
        PayerName? payer = shape.HasPayer ? ReadPayer() : null;
        (Points points, Points lotPoints) = ReadAmounts(shape.Amounts);
        Instant? occurredAt = shape.HasOccurredAt ? ReadOccurredAt() : null;
        Sequence? lot = shape.HasLot ? ReadBefore(sequence) : null;
        Instant? expiresAt = shape.HasExpiresAt ? ReadInstant(occurredAt?.UnixMicroseconds ?? 0) : null;
        Sequence operation = shape.IsFirst ? sequence : ReadOperation(sequence);
        return new Entry
        {
            Sequence = sequence,
            Kind = shape.Kind,
            Account = AccountAt(_account),
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

    /// <summary>Passes over the next entry.</summary>
    /// <exception cref="InvalidRowException">Nothing writes such a block.</exception>
    public void Skip()
    {
        _next = _next.Next;
        EntryShape shape = ReadShape();
        if (shape.HasPayer)
        {
            ReadName();
        }

        SkipNumbers(shape.Amounts == AmountShape.Both ? 2 : 1);
        if (shape.HasOccurredAt)
        {
            ReadOccurredAt();
        }

        SkipNumbers((shape.HasLot ? 1 : 0) + (shape.HasExpiresAt ? 1 : 0) + (shape.IsFirst ? 0 : 1) + (shape.HasSubject ? 1 : 0));
        if (shape.HasOrigin)
        {
            SkipOrigin();
        }
    }

    /// <summary>Checks that the last entry that was read ends the block.</summary>
    /// <exception cref="InvalidRowException">It does not.</exception>
    public readonly void End()
    {
        if (_reader.Remaining > 0)
        {
            throw _reader.Invalid("it goes on behind its last entry");
        }

        if (_namesMet < _names.Length)
        {
            throw _reader.Invalid($"it has {_names.Length} names and needs {_namesMet}");
        }
    }

    /// <summary>Reads the flags of an entry, and its account.</summary>
    private EntryShape ReadShape()
    {
        EntryShape shape = new(_reader.ReadByte(), _reader.ReadByte());
        if (!shape.HasKnownKind)
        {
            throw _reader.Invalid($"{(int)shape.Kind} is not a kind of entry");
        }

        if (!shape.HasSameAccount)
        {
            int account = ReadName();
            _account = account != _account ? account : throw _reader.Invalid("an account is repeated");
        }

        return _account == NoName ? throw _reader.Invalid("the first entry has no account") : shape;
    }

    private void SkipNumbers(int count)
    {
        for (; count > 0; count--)
        {
            _ = _reader.ReadVarint();
        }
    }

    private void SkipOrigin()
    {
        OriginParts parts = ReadOriginParts();
        SkipText(parts.HasFlag(OriginParts.Key));
        _ = _reader.ReadBytes(parts.HasFlag(OriginParts.KeyHash) ? Digest.Length : 0);
        SkipText(parts.HasFlag(OriginParts.Reference));
        SkipText(parts.HasFlag(OriginParts.Reason));
        if (parts.HasFlag(OriginParts.Actor))
        {
            ReadName();
        }
    }

    private void SkipText(bool isThere) => _ = isThere ? _reader.ReadBytes(_reader.ReadCount(_reader.Remaining)) : default;

    private (Points Points, Points LotPoints) ReadAmounts(AmountShape shape)
    {
        Points amount = new(_reader.ReadSigned());
        (Points points, Points lotPoints) = shape switch
        {
            AmountShape.Same => (amount, amount),
            AmountShape.BalanceOnly => (amount, Points.Zero),
            AmountShape.LotOnly => (Points.Zero, amount),
            _ => (amount, new Points(_reader.ReadSigned())),
        };
        return EntryShape.AmountsOf(points, lotPoints) == shape ? (points, lotPoints) : throw _reader.Invalid("amounts are not in their shortest form");
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

    private Sequence ReadOperation(Sequence sequence)
    {
        Sequence operation = ReadBefore(sequence);
        return operation != sequence ? operation : throw _reader.Invalid("an operation is repeated");
    }

    private OriginParts ReadOriginParts()
    {
        OriginParts parts = (OriginParts)_reader.ReadByte();
        return parts != 0 && (parts & ~OriginParts.All) == 0 ? parts : throw _reader.Invalid($"{(int)parts} is not a set of parts of an origin");
    }

    private Origin ReadOrigin()
    {
        OriginParts parts = ReadOriginParts();
        return new Origin
        {
            Key = parts.HasFlag(OriginParts.Key) ? ReadKey() : null,
            KeyHash = parts.HasFlag(OriginParts.KeyHash) ? new Digest(_reader.ReadBytes(Digest.Length)) : null,
            Reference = parts.HasFlag(OriginParts.Reference) ? _reader.ReadText() : null,
            Reason = parts.HasFlag(OriginParts.Reason) ? _reader.ReadText() : null,
            Actor = parts.HasFlag(OriginParts.Actor) ? TextOf(ref _names[ReadName()]) : null,
        };
    }

    private IdempotencyKey ReadKey() =>
        IdempotencyKey.TryCreate(_reader.ReadText(), out IdempotencyKey? key, out _) ? key : throw _reader.Invalid("a text is not an idempotency key");

    private readonly AccountId AccountAt(int place)
    {
        ref Name name = ref _names[place];
        return name.Account ??= AccountId.TryCreate(TextOf(ref name), out AccountId? account, out _) ? account : throw _reader.Invalid("a name is not an account");
    }

    private PayerName ReadPayer()
    {
        ref Name name = ref _names[ReadName()];
        return name.Payer ??= PayerName.TryFromTrusted(TextOf(ref name)) ?? throw _reader.Invalid("a name is not a payer");
    }

    private readonly string TextOf(ref Name name)
    {
        ReadOnlySpan<byte> text = _block.Slice(name.Start, name.Length);
        return name.Text ??= Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw _reader.Invalid("a text is not UTF-8");
    }

    /// <summary>Reads the place of a name. Names stand in the order in which entries first need them.</summary>
    private int ReadName()
    {
        int place = _reader.ReadCount(Math.Min(_namesMet, _names.Length - 1));
        _namesMet = Math.Max(_namesMet, place + 1);
        return place;
    }

    /// <summary>Where a name of the block stands, and what it was read as, so that an account or payer exists once.</summary>
    private struct Name
    {
        public int Start;
        public int Length;
        public string? Text;
        public AccountId? Account;
        public PayerName? Payer;
    }
}

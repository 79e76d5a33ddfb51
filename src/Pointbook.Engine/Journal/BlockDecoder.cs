using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Decodes entries of one block of a commit's body. Those that nobody wants are passed over without an object for any part of them.</summary>
internal ref partial struct BlockDecoder
{
    private const int None = -1;

    private readonly ReadOnlySpan<byte> _block;
    private readonly ReadOnlySpan<byte> _texts;
    private readonly NameScope _names;
    private readonly Sequence _first;
    private readonly PayerItem[] _payers;
    private readonly TableItem[] _accounts;
    private readonly TableItem[] _actors;
    private ByteReader _reader;
    private Sequence _next;
    private int _textEnd;
    private int _payersMet;
    private int _accountsMet;
    private int _actorsMet;
    private int _account = None;
    private long _occurredAt;

    /// <summary>Reads the tables of a block.</summary>
    /// <param name="block">The bytes of the block.</param>
    /// <param name="texts">The texts of the block.</param>
    /// <param name="entries">The entries of the block.</param>
    /// <param name="names">The accounts and actors that were introduced before the block. Gets those that are introduced in it, as they are read.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a block.</exception>
    public BlockDecoder(ReadOnlySpan<byte> block, ReadOnlySpan<byte> texts, EntryRange entries, NameScope names)
    {
        _block = block;
        _texts = texts;
        (_names, _first, _next) = (names, entries.First, entries.First);
        _reader = new ByteReader(block);
        int namesMax = (int)(entries.Last.Value - entries.First.Value + 1);
        _payers = new PayerItem[ReadNameCount(namesMax)];
        for (int index = 0; index < _payers.Length; index++)
        {
            int length = _reader.ReadCount(_reader.Remaining);
            _payers[index] = new PayerItem { Start = _reader.Position, Length = length };
            _ = _reader.ReadBytes(length);
        }

        _accounts = ReadTable(namesMax);
        _actors = ReadTable(namesMax);
    }

    /// <summary>Adds the entries that introduced accounts and actors of the block and that stand before another entry.</summary>
    public readonly void AddReferences(Sequence before, HashSet<Sequence> references)
    {
        AddReferences(_accounts, before, references);
        AddReferences(_actors, before, references);
    }

    /// <summary>Decodes the next entry.</summary>
    /// <exception cref="InvalidRowException">Nothing writes such a block, or the texts are not those of the block.</exception>
    public Entry Read()
    {
        Sequence sequence = _next;
        EntryShape shape = ReadShape();
        (AccountId account, Sequence opening) = AccountOf(sequence);
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
            Account = account,
            Opening = opening,
            Payer = payer,
            Points = points,
            LotPoints = lotPoints,
            OccurredAt = occurredAt,
            Lot = lot,
            ExpiresAt = expiresAt,
            Operation = operation,
            Subject = shape.HasSubject ? ReadBefore(sequence) : null,
            Origin = shape.HasOrigin ? ReadOrigin(sequence) : null,
        };
    }

    /// <summary>Passes over the next entry.</summary>
    /// <exception cref="InvalidRowException">Nothing writes such a block.</exception>
    public void Skip()
    {
        Sequence sequence = _next;
        EntryShape shape = ReadShape();
        if (shape.HasPayer)
        {
            ReadPlace(ref _payersMet, _payers.Length);
        }

        SkipNumbers(shape.Amounts == AmountShape.Both ? 2 : 1);
        if (shape.HasOccurredAt)
        {
            ReadOccurredAt();
        }

        SkipNumbers((shape.HasLot ? 1 : 0) + (shape.HasExpiresAt ? 1 : 0) + (shape.IsFirst ? 0 : 1) + (shape.HasSubject ? 1 : 0));
        if (shape.HasOrigin)
        {
            SkipOrigin(sequence);
        }
    }

    /// <summary>Passes over the next entry.</summary>
    /// <returns>What it introduced.</returns>
    /// <exception cref="InvalidRowException">Nothing writes such a block, or the texts are not those of the block.</exception>
    public Introduction ReadIntroduction()
    {
        Sequence sequence = _next;
        Skip();
        ref TableItem account = ref _accounts[_account];
        AccountId? opened = account.Distance == 0 && account.Entry == sequence ? ReadAccount(ref account) : null;
        foreach (ref TableItem actor in _actors.AsSpan())
        {
            if (actor.Distance == 0 && actor.Entry == sequence)
            {
                return new Introduction(opened, TextOf(ref actor));
            }
        }

        return new Introduction(opened, null);
    }

    /// <summary>Checks that the last entry that was read ends the block.</summary>
    /// <exception cref="InvalidRowException">It does not.</exception>
    public readonly void End()
    {
        if (_reader.Remaining > 0)
        {
            throw _reader.Invalid("it goes on behind its last entry");
        }

        if (_payersMet + _accountsMet + _actorsMet is var met && _payers.Length + _accounts.Length + _actors.Length is var there && met < there)
        {
            throw _reader.Invalid($"it has {there} names and needs {met}");
        }

        if (_textEnd < _texts.Length)
        {
            throw _reader.Invalid($"it has {_texts.Length} bytes of texts and needs {_textEnd}");
        }
    }

    /// <summary>Reads the flags of an entry, and its account.</summary>
    private EntryShape ReadShape()
    {
        Sequence sequence = _next;
        _next = sequence.Next;
        EntryShape shape = new(_reader.ReadByte(), _reader.ReadByte());
        if (!shape.HasKnownKind)
        {
            throw _reader.Invalid($"{(int)shape.Kind} is not a kind of entry");
        }

        if (!shape.HasSameAccount)
        {
            int account = ReadPlace(ref _accountsMet, _accounts, sequence);
            _account = account != _account ? account : throw _reader.Invalid("an account is repeated");
        }

        return _account == None ? throw _reader.Invalid("the first entry has no account") : shape;
    }

    private void SkipNumbers(int count)
    {
        for (; count > 0; count--)
        {
            _ = _reader.ReadVarint();
        }
    }

    private void SkipOrigin(Sequence sequence)
    {
        OriginParts parts = ReadOriginParts();
        foreach (OriginParts part in (ReadOnlySpan<OriginParts>)[OriginParts.Key, OriginParts.Reference, OriginParts.Reason])
        {
            _ = parts.HasFlag(part) ? ReadTextPlace() : default;
        }

        if (parts.HasFlag(OriginParts.Actor))
        {
            ReadPlace(ref _actorsMet, _actors, sequence);
        }
    }

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

    private Origin ReadOrigin(Sequence sequence)
    {
        OriginParts parts = ReadOriginParts();
        (IdempotencyKey Key, Digest Hash)? key = parts.HasFlag(OriginParts.Key) ? ReadKey() : null;
        return new Origin
        {
            Key = key?.Key,
            KeyHash = key?.Hash,
            Reference = parts.HasFlag(OriginParts.Reference) ? ReadText() : null,
            Reason = parts.HasFlag(OriginParts.Reason) ? ReadText() : null,
            Actor = parts.HasFlag(OriginParts.Actor) ? ReadActor(sequence) : null,
        };
    }

    private (IdempotencyKey Key, Digest Hash) ReadKey()
    {
        ReadOnlySpan<byte> content = ContentOf(ReadTextPlace());
        return content.Length >= Digest.Length && IdempotencyKey.TryCreate(_reader.ToText(content[Digest.Length..]), out IdempotencyKey? key, out _)
            ? (key, new Digest(content[..Digest.Length]))
            : throw _reader.Invalid("a text is not an idempotency key");
    }

    private string ReadText() => _reader.ToText(ContentOf(ReadTextPlace()));
}

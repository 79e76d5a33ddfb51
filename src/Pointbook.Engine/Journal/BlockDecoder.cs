using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Decodes entries of one block of a commit's body. It skips unneeded entries without creating objects for their parts.</summary>
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
    private int _actor = None;
    private Sequence _operation;
    private HeadPart _head;
    private long _occurredAt;

    // The texts of the last skipped origin; null while the caller does not need them.
    private List<(OriginParts Part, TextPlace Place)>? _passed;

    /// <summary>Reads the tables of a block.</summary>
    /// <param name="block">The bytes of the block.</param>
    /// <param name="texts">The texts of the block.</param>
    /// <param name="entries">The entries of the block.</param>
    /// <param name="names">The accounts and actors introduced before the block. The decoder adds those that the block introduces as it reads them.</param>
    /// <exception cref="InvalidRowException">The block is invalid.</exception>
    public BlockDecoder(ReadOnlySpan<byte> block, ReadOnlySpan<byte> texts, EntryRange entries, NameScope names)
    {
        _block = block;
        _texts = texts;
        (_names, _first, _next) = (names, entries.First, entries.First);
        _reader = new ByteReader(block);
        int namesMax = (int)(entries.Last.Value - entries.First.Value + 1);
        _payers = new PayerItem[ReadNameCount(block.Length / 2)];
        for (int index = 0; index < _payers.Length; index++)
        {
            int length = _reader.ReadCount(_reader.Remaining);
            _payers[index] = new PayerItem { Start = _reader.Position, Length = length };
            _ = _reader.ReadBytes(length);
        }

        _accounts = ReadTable(namesMax);
        _actors = ReadTable(namesMax);
    }

    /// <summary>Adds the entries before a given entry that introduced accounts and actors of the block.</summary>
    public readonly void AddReferences(Sequence before, HashSet<Sequence> references)
    {
        AddReferences(_accounts, before, references);
        AddReferences(_actors, before, references);
    }

    /// <summary>Adds the entries that introduced the account and the actor of the last skipped entry.</summary>
    public readonly void AddReferencesOfLast(Sequence before, HashSet<Sequence> references)
    {
        AddReferences(_accounts.AsSpan(_account, 1), before, references);
        if (_actor != None)
        {
            AddReferences(_actors.AsSpan(_actor, 1), before, references);
        }
    }

    /// <summary>Decodes the next entry.</summary>
    /// <exception cref="InvalidRowException">The block is invalid, or the texts do not belong to it.</exception>
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
        ReadOperation(shape, sequence);
        return new Entry
        {
            Sequence = sequence,
            Kind = shape.Kind,
            Account = account,
            Opening = opening,
            PreviousOperation = shape.IsFirst ? _head.Previous : Sequence.Zero,
            BalanceBefore = shape.IsFirst ? _head.Balance : Points.Zero,
            Payer = payer,
            Points = points,
            LotPoints = lotPoints,
            OccurredAt = occurredAt,
            Lot = lot,
            ExpiresAt = expiresAt,
            Operation = _operation,
            Subject = shape.HasSubject ? ReadBefore(sequence) : null,
            Origin = shape.HasOrigin ? ReadOrigin(sequence, shape.Kind) : null,
        };
    }

    /// <summary>Skips the next entry.</summary>
    /// <returns>The shape of the entry.</returns>
    /// <exception cref="InvalidRowException">The block is invalid.</exception>
    public EntryShape Skip()
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

        SkipNumbers((shape.HasLot ? 1 : 0) + (shape.HasExpiresAt ? 1 : 0));
        ReadOperation(shape, sequence);
        SkipNumbers(shape.HasSubject ? 1 : 0);
        if (shape.HasOrigin)
        {
            SkipOrigin(sequence);
        }

        return shape;
    }

    /// <summary>Skips the next entry.</summary>
    /// <returns>What the entry introduced.</returns>
    /// <exception cref="InvalidRowException">The block is invalid, or the texts do not belong to it.</exception>
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

    /// <summary>Checks that the block ends with the last entry read.</summary>
    /// <exception cref="InvalidRowException">The block does not end there, or has unused names or texts.</exception>
    public readonly void End()
    {
        if (_reader.Remaining > 0)
        {
            throw _reader.Invalid("it has extra bytes after its last entry");
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

    /// <summary>Reads the flags and the account of an entry.</summary>
    private EntryShape ReadShape()
    {
        Sequence sequence = _next;
        _next = sequence.Next;
        _actor = None;
        EntryShape shape = new(_reader.ReadByte(), _reader.ReadByte());
        if (!shape.HasKnownKind)
        {
            throw _reader.Invalid($"entry kind {(int)shape.Kind} is unknown to this version");
        }

        if (!shape.IsFirst && sequence != _first && !shape.HasSameAccount)
        {
            throw _reader.Invalid("an operation continues in another account");
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
}

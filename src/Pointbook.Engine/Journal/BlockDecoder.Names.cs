using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <content>The tables and the texts of a block.</content>
internal ref partial struct BlockDecoder
{
    private static void AddReferences(ReadOnlySpan<TableItem> table, Sequence before, HashSet<Sequence> references)
    {
        foreach (TableItem item in table)
        {
            if (item.Distance > 0 && item.Entry < before)
            {
                references.Add(item.Entry);
            }
        }
    }

    /// <summary>Reads the number of names in a table. Each name needs at least one byte.</summary>
    private int ReadNameCount(int namesMax) => _reader.ReadCount(Math.Min(_reader.Remaining, namesMax));

    private TableItem[] ReadTable(int namesMax)
    {
        TableItem[] items = new TableItem[ReadNameCount(namesMax)];
        foreach (ref TableItem item in items.AsSpan())
        {
            long distance = _reader.ReadNumber();
            if (distance >= _first.Value)
            {
                throw _reader.Invalid($"entry {_first} minus {distance} is not the place of an entry");
            }

            item = new TableItem { Distance = distance };
            if (distance == 0)
            {
                item.Text = ReadTextPlace();
            }
            else
            {
                item.Entry = new Sequence(_first.Value - distance);
            }
        }

        return items;
    }

    /// <summary>Reads the length and the digest of a text. The text itself follows the previous one among the texts.</summary>
    private TextPlace ReadTextPlace()
    {
        int left = _texts.Length - _textEnd - ErasableText.SaltLength;
        int length = left >= 0 ? _reader.ReadCount(left) : throw _reader.Invalid("its texts end too early");
        TextPlace place = new(_reader.Position, _textEnd, ErasableText.SaltLength + length);
        _ = _reader.ReadBytes(Digest.Length);
        _textEnd += place.Length;
        return place;
    }

    /// <summary>Returns the content of a text after checking it against its digest.</summary>
    private readonly ReadOnlySpan<byte> ContentOf(in TextPlace place)
    {
        ReadOnlySpan<byte> text = _texts.Slice(place.Start, place.Length);
        return ErasableText.Matches(text, _block.Slice(place.Digest, Digest.Length))
            ? text[ErasableText.SaltLength..]
            : throw _reader.Invalid("a text does not match its digest");
    }

    private readonly bool IsErased(in TextPlace place) => ErasableText.IsErased(_texts.Slice(place.Start, place.Length));

    private string ReadActor(Sequence sequence)
    {
        ref TableItem item = ref _actors[ReadPlace(ref _actorsMet, _actors, sequence)];
        if (item.Distance > 0)
        {
            return item.Name ??= _names.FindActor(item.Entry) ?? throw _reader.Invalid($"entry {item.Entry} introduced no actor");
        }

        string actor = TextOf(ref item);
        if (item.Entry == sequence)
        {
            _names.AddActor(sequence, actor);
        }

        return actor;
    }

    /// <summary>Returns the account of the current entry.</summary>
    /// <remarks>
    /// The decoder adds the names that an entry introduces when it reads that entry, not when it reads a later one. Otherwise it would add only the account
    /// or only the actor, and a caller that looks for the other one would consider it missing.
    /// </remarks>
    /// <returns>The account, and the entry that opened it; zero if the current entry opened it.</returns>
    private readonly (AccountId Account, Sequence Opening) AccountOf(Sequence sequence)
    {
        ref TableItem item = ref _accounts[_account];
        if (item.Distance > 0)
        {
            return (item.Account ??= _names.FindAccount(item.Entry) ?? throw _reader.Invalid($"entry {item.Entry} opened no account"), item.Entry);
        }

        AccountId account = ReadAccount(ref item);
        if (item.Entry != sequence)
        {
            return (account, item.Entry);
        }

        _names.AddAccount(sequence, account);
        return (account, Sequence.Zero);
    }

    private readonly AccountId ReadAccount(ref TableItem item) => item.Account ??= IsErased(item.Text) ? AccountId.Erased(item.Entry)
        : AccountId.TryCreate(TextOf(ref item), out AccountId? account, out _) ? account
        : throw _reader.Invalid("a text is not an account");

    private readonly string TextOf(ref TableItem item) => item.Name ??= _reader.ToText(ContentOf(item.Text));

    private PayerName ReadPayer() => PayerAt(ReadPlace(ref _payersMet, _payers.Length));

    private readonly PayerName PayerAt(int place)
    {
        ref PayerItem item = ref _payers[place];
        return item.Payer ??= PayerName.TryFromTrusted(_reader.ToText(_block.Slice(item.Start, item.Length))) ?? throw _reader.Invalid("a name is not a payer");
    }

    /// <summary>Reads the place of an account or an actor. If the table refers to no earlier entry, the first entry that needs the name introduces it.</summary>
    private int ReadPlace(ref int met, TableItem[] table, Sequence sequence)
    {
        int before = met;
        int place = ReadPlace(ref met, table.Length);
        if (place == before && table[place].Distance == 0)
        {
            table[place].Entry = sequence;
        }

        return place;
    }

    /// <summary>Reads the place of a name. Names are in the order in which entries first need them.</summary>
    private int ReadPlace(ref int met, int count)
    {
        int place = _reader.ReadCount(Math.Min(met, count - 1));
        met = Math.Max(met, place + 1);
        return place;
    }

    /// <summary>The place of a payer in the block, and its decoded name, so that each payer is one object.</summary>
    private struct PayerItem
    {
        public int Start;
        public int Length;
        public PayerName? Payer;
    }

    /// <summary>An account or an actor of the block, and its decoded name.</summary>
    private struct TableItem
    {
        public long Distance;
        public Sequence Entry;
        public TextPlace Text;
        public string? Name;
        public AccountId? Account;
    }

    /// <summary>The place of a text's digest in the block, and the place of its salt and content in the texts.</summary>
    private readonly record struct TextPlace(int Digest, int Start, int Length);
}

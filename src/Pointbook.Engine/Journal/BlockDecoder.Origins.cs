using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <content>The origins of operations, whose texts may be erased.</content>
internal ref partial struct BlockDecoder
{
    private static readonly OriginParts[] TextParts = [OriginParts.Key, OriginParts.Reference, OriginParts.Reason];

    /// <summary>Skips the next entry.</summary>
    /// <param name="offset">Where the texts of the block begin in the texts of the commit.</param>
    /// <returns>
    /// The entry without names, and the texts of its account: the key of the account that it opens, and the texts of its origin. Names of actors are not included.
    /// </returns>
    /// <exception cref="InvalidRowException">The block is invalid.</exception>
    public (EntryOutline Entry, IReadOnlyList<CommitText> Texts) ReadTexts(int offset)
    {
        Sequence sequence = _next;
        (_passed ??= []).Clear();
        EntryShape shape = Skip();
        ref TableItem account = ref _accounts[_account];
        EntryOutline entry = new(account.Entry, shape.IsFirst ? _head.Previous : null);
        bool opens = account.Distance == 0 && account.Entry == sequence;
        if (!opens && _passed.Count == 0)
        {
            return (entry, []);
        }

        List<CommitText> texts = [];
        if (opens)
        {
            texts.Add(ToCommitText(offset, account.Text, isErasable: true));
        }

        foreach ((OriginParts part, TextPlace place) in _passed)
        {
            // The reference and the reason of an erasure stay, because they state why the account was erased.
            texts.Add(ToCommitText(offset, place, isErasable: shape.Kind != EntryKind.Erasure || part == OriginParts.Key));
        }

        return (entry, texts);
    }

    private readonly CommitText ToCommitText(int offset, in TextPlace place, bool isErasable) =>
        new(offset + place.Start, place.Length, IsErased(place), isErasable);

    private OriginParts ReadOriginParts()
    {
        OriginParts parts = (OriginParts)_reader.ReadByte();
        return parts != 0 && (parts & ~OriginParts.All) == 0 ? parts : throw _reader.Invalid($"origin flags {(int)parts} are unknown to this version");
    }

    private void SkipOrigin(Sequence sequence)
    {
        OriginParts parts = ReadOriginParts();
        foreach (OriginParts part in TextParts)
        {
            if (parts.HasFlag(part))
            {
                TextPlace place = ReadTextPlace();
                _passed?.Add((part, place));
            }
        }

        if (parts.HasFlag(OriginParts.Actor))
        {
            _actor = ReadPlace(ref _actorsMet, _actors, sequence);
        }
    }

    /// <summary>Reads an origin. For an erased account, it contains only the actor, and the reference and reason of the erasure.</summary>
    /// <returns>The origin, or null if it is empty.</returns>
    private Origin? ReadOrigin(Sequence sequence, EntryKind kind)
    {
        OriginParts parts = ReadOriginParts();
        (IdempotencyKey Key, Digest Hash)? key = parts.HasFlag(OriginParts.Key) ? ReadKey() : null;
        string? reference = parts.HasFlag(OriginParts.Reference) ? ReadText(kind) : null;
        string? reason = parts.HasFlag(OriginParts.Reason) ? ReadText(kind) : null;
        string? actor = parts.HasFlag(OriginParts.Actor) ? ReadActor(sequence) : null;
        return key is null && reference is null && reason is null && actor is null
            ? null
            : new Origin { Key = key?.Key, KeyHash = key?.Hash, Reference = reference, Reason = reason, Actor = actor };
    }

    private (IdempotencyKey Key, Digest Hash)? ReadKey()
    {
        TextPlace place = ReadTextPlace();
        if (IsGone(place))
        {
            return null;
        }

        ReadOnlySpan<byte> content = ContentOf(place);
        return content.Length >= Digest.Length && IdempotencyKey.TryCreate(_reader.ToText(content[Digest.Length..]), out IdempotencyKey? key, out _)
            ? (key, new Digest(content[..Digest.Length]))
            : throw _reader.Invalid("a text is not an idempotency key");
    }

    private string? ReadText(EntryKind kind)
    {
        TextPlace place = ReadTextPlace();
        return kind != EntryKind.Erasure && IsGone(place) ? null : _reader.ToText(ContentOf(place));
    }

    /// <summary>Whether a text counts as erased because its account is erased.</summary>
    /// <remarks>An erasure overwrites the account key first. From then on, all texts of the account count as erased, even those that are not overwritten yet.</remarks>
    /// <exception cref="InvalidRowException">The text is not erased and does not match its digest.</exception>
    /// <exception cref="ErasedTextException">The text is erased, but its account is not.</exception>
    private readonly bool IsGone(in TextPlace place)
    {
        ref TableItem account = ref _accounts[_account];
        bool isErased = IsErased(place);
        if (account.Account!.IsErased)
        {
            _ = isErased ? default : ContentOf(place);
            return true;
        }

        return isErased ? throw new ErasedTextException(account.Entry) : false;
    }
}

/// <summary>An entry without names and texts.</summary>
/// <param name="Opening">The first entry of its account.</param>
/// <param name="PreviousOperation">The first entry of the account's previous operation, or zero if there is none. It is null if the entry does not begin an operation.</param>
internal readonly record struct EntryOutline(Sequence Opening, Sequence? PreviousOperation);

using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>The id of an operation: partition and sequence of its first entry. Clients see it as an opaque string.</summary>
/// <remarks>
/// 16 characters: 2 bytes of partition and 8 bytes of sequence, big-endian, in Crockford's base 32 in lower case
/// (https://www.crockford.com/base32.html). An id has exactly one spelling, and ids of one partition sort by sequence.
/// </remarks>
/// <param name="Partition">The partition, from 0 to 65,535.</param>
/// <param name="Sequence">The sequence in the partition's journal.</param>
public readonly record struct EntryId(int Partition, Sequence Sequence)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int TextLength = 16;
    private const int BitsPerCharacter = 5;
    private const int SequenceBits = 64;

    /// <summary>Parses an id that a client sent.</summary>
    /// <returns>Whether the text is a valid id.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out EntryId id)
    {
        id = default;
        if (text is not { Length: TextLength })
        {
            return false;
        }

        UInt128 bits = 0;
        foreach (char character in text)
        {
            int digit = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (digit < 0)
            {
                return false;
            }

            bits = (bits << BitsPerCharacter) | (uint)digit;
        }

        UInt128 sequence = bits & ulong.MaxValue;
        if (sequence > long.MaxValue)
        {
            return false;
        }

        id = new EntryId((int)(bits >> SequenceBits), new Sequence((long)sequence));
        return true;
    }

    /// <summary>The id as clients see it.</summary>
    public override string ToString() => string.Create(TextLength, this, static (text, id) =>
    {
        UInt128 bits = ((UInt128)(uint)id.Partition << SequenceBits) | (ulong)id.Sequence.Value;
        for (int index = TextLength - 1; index >= 0; index--)
        {
            text[index] = Alphabet[(int)(bits & 31)];
            bits >>= BitsPerCharacter;
        }
    });
}

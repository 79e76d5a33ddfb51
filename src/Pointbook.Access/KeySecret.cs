using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>An API key as its holder has it: <c>pb_</c>, the 16 digits of its <see cref="KeyId"/>, <c>_</c> and 64 hexadecimal digits. Immutable.</summary>
/// <remarks>
/// The last 64 digits are 256 random bits, so that a plain SHA-256 of the text is safe to keep: what makes passwords
/// guessable, and slow hashes needed, does not hold for them. The text itself is nowhere but here, and only
/// <see cref="Reveal"/> gives it away.
/// </remarks>
public sealed class KeySecret
{
    /// <summary>What every key begins with, so that people and scanners recognize one.</summary>
    public const string Prefix = "pb_";

    /// <summary>How many random bytes a key is made of.</summary>
    public const int RandomLength = (KeyId.Length / 2) + SecretBytes;

    private const int SecretBytes = 32;
    private const int SecretStart = 3 + KeyId.Length + 1;
    private const int TextLength = SecretStart + (SecretBytes * 2);

    private readonly string _text;

    private KeySecret(string text, KeyId id)
    {
        _text = text;
        Id = id;
    }

    /// <summary>The part that is no secret.</summary>
    public KeyId Id { get; }

    /// <summary>SHA-256 of the whole text: what is kept of it.</summary>
    public Digest Hash
    {
        get
        {
            Span<byte> hash = stackalloc byte[Digest.Length];
            SHA256.HashData(Encoding.ASCII.GetBytes(_text), hash);
            return new Digest(hash);
        }
    }

    /// <summary>Makes a key.</summary>
    /// <param name="random"><see cref="RandomLength"/> bytes that nobody can foresee.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes.</exception>
    public static KeySecret Create(ReadOnlySpan<byte> random)
    {
        if (random.Length != RandomLength)
        {
            throw new ArgumentException($"A key is made of {RandomLength} bytes, not {random.Length}.", nameof(random));
        }

        KeyId id = KeyId.FromTrusted(Convert.ToHexStringLower(random[..(KeyId.Length / 2)]));
        return new KeySecret($"{Prefix}{id}_{Convert.ToHexStringLower(random[(KeyId.Length / 2)..])}", id);
    }

    /// <summary>Takes a key as a client sent it. Whether it is known is another question.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out KeySecret? secret)
    {
        ArgumentNullException.ThrowIfNull(text);
        secret = text.Length == TextLength
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text[SecretStart - 1] == '_'
            && Hexadecimal.IsLower(text.AsSpan(SecretStart))
            && KeyId.TryCreate(text.Substring(Prefix.Length, KeyId.Length), out KeyId? id)
            ? new KeySecret(text, id)
            : null;
        return secret is not null;
    }

    /// <summary>Whether a hash is the one of this key. It takes as long whatever the two have in common.</summary>
    public bool Matches(Digest hash)
    {
        Span<byte> mine = stackalloc byte[Digest.Length];
        Span<byte> other = stackalloc byte[Digest.Length];
        Hash.CopyTo(mine);
        hash.CopyTo(other);
        return CryptographicOperations.FixedTimeEquals(mine, other);
    }

    /// <summary>The key itself, to be shown once to whoever it is for.</summary>
    public string Reveal() => _text;

    /// <summary>Only the part that is no secret, so that a key that gets into a message is not given away.</summary>
    public override string ToString() => $"{Prefix}{Id}_…";
}

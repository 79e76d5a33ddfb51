using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>The full API key that a caller sends: <c>pb_</c>, the 16 digits of its <see cref="KeyId"/>, <c>_</c> and 64 hexadecimal digits. Immutable.</summary>
/// <remarks>
/// The last 64 digits are 256 random bits, so stores can safely keep a plain SHA-256 of the text. Slow hashes protect
/// passwords that an attacker can guess, which these bits are not. Only this object has the text, and only
/// <see cref="Reveal"/> returns it.
/// </remarks>
public sealed class KeySecret
{
    /// <summary>The prefix of every key, by which people and scanners recognize it.</summary>
    public const string Prefix = "pb_";

    /// <summary>The number of random bytes in a key.</summary>
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

    /// <summary>The id, which is not secret.</summary>
    public KeyId Id { get; }

    /// <summary>SHA-256 of the whole text, which stores keep.</summary>
    public Digest Hash
    {
        get
        {
            Span<byte> hash = stackalloc byte[Digest.Length];
            SHA256.HashData(Encoding.ASCII.GetBytes(_text), hash);
            return new Digest(hash);
        }
    }

    /// <summary>Creates a key.</summary>
    /// <param name="random"><see cref="RandomLength"/> unpredictable bytes.</param>
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

    /// <summary>Parses a key that a client sent. It does not check whether the key is known.</summary>
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

    /// <summary>Whether a hash belongs to this key. The comparison takes the same time for any hash.</summary>
    public bool Matches(Digest hash)
    {
        Span<byte> mine = stackalloc byte[Digest.Length];
        Span<byte> other = stackalloc byte[Digest.Length];
        Hash.CopyTo(mine);
        hash.CopyTo(other);
        return CryptographicOperations.FixedTimeEquals(mine, other);
    }

    /// <summary>The key itself, to show once to its owner.</summary>
    public string Reveal() => _text;

    /// <summary>Only the id, so that a message with the key does not disclose the secret.</summary>
    public override string ToString() => $"{Prefix}{Id}_…";
}

using System.Buffers.Binary;

namespace Pointbook.Engine.ReadModel;

/// <summary>The checksums of an operation's entries behind the first one, one for each piece of them, so that a part can be checked without the rest. Immutable.</summary>
public sealed class PieceChecks : IEquatable<PieceChecks>
{
    /// <summary>How many entries a piece has; the last one may have fewer.</summary>
    public const int EntriesPerPiece = 256;

    internal const int CheckLength = 8;

    private readonly byte[] _bytes;

    internal PieceChecks(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes that a store keeps.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>How many pieces there are.</summary>
    public int Count => _bytes.Length / CheckLength;

    /// <summary>The checksum of a piece: XXH3 (64 bits) of the canonical bytes of its entries.</summary>
    public ulong this[int piece] => BinaryPrimitives.ReadUInt64BigEndian(_bytes.AsSpan(piece * CheckLength));

    /// <summary>Reads the bytes that a store kept.</summary>
    public static PieceChecks FromStored(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    /// <inheritdoc/>
    public bool Equals(PieceChecks? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PieceChecks);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.Length;
}

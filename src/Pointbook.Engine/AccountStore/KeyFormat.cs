using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The used idempotency keys, in the order of their digests. Their time is the time of use.</summary>
internal readonly struct KeyFormat : ISectionFormat<UInt128, StoredKey>
{
    private const int DigestLength = 16;

    public static int InlineItemsMax => 32;

    // A new key falls into any chunk, and each new key causes a rewrite of its whole chunk. So a chunk is short.
    public static int ChunkItemsMax => 64;

    /// <summary>The first 16 bytes of the SHA-256 of a key.</summary>
    public static UInt128 DigestOf(IdempotencyKey key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key.Value), digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    public static UInt128 KeyOf(StoredKey item) => item.Digest;

    public static long TimeOf(StoredKey item) => item.Record.DecidedAt.UnixMicroseconds;

    public static void WriteKey(ByteWriter writer, UInt128 key) => BinaryPrimitives.WriteUInt128BigEndian(writer.Take(DigestLength), key);

    public static UInt128 ReadKey(ref ByteReader reader) => BinaryPrimitives.ReadUInt128BigEndian(reader.ReadBytes(DigestLength));

    public static void WriteItems(ByteWriter writer, List<StoredKey> items)
    {
        foreach (StoredKey key in items)
        {
            WriteKey(writer, key.Digest);
            key.Record.Hash.CopyTo(writer.Take(Digest.Length));
            writer.WriteVarint((ulong)key.Record.Operation.Value);
            writer.WriteSigned(key.Record.DecidedAt.UnixMicroseconds);
        }
    }

    public static void ReadItems(ref ByteReader reader, int count, List<StoredKey> items)
    {
        for (int index = 0; index < count; index++)
        {
            UInt128 digest = ReadKey(ref reader);
            Digest hash = new(reader.ReadBytes(Digest.Length));
            items.Add(new StoredKey(digest, new KeyRecord(hash, new Sequence(reader.ReadNumber()), ItemCodec.ReadInstant(ref reader))));
        }
    }
}

/// <summary>A used idempotency key.</summary>
/// <param name="Digest">The stored digest of the key, see <see cref="KeyFormat.DigestOf"/>.</param>
/// <param name="Record">Its use.</param>
internal readonly record struct StoredKey(UInt128 Digest, KeyRecord Record);

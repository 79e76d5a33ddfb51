namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The beginning of a body: the length of each block, the length of its texts, and its digest. A seal covers the index, and so all of the body.</summary>
/// <param name="Bytes">The index as it is stored.</param>
/// <param name="Blocks">The blocks, in order.</param>
internal sealed record BodyIndex(byte[] Bytes, IReadOnlyList<BlockPlace> Blocks)
{
    private const int EntriesPerBlock = 256;
    private const int DigestLength = 32;

    /// <summary>The index of a commit.</summary>
    /// <exception cref="AuditException">The body does not begin with an index for this number of entries.</exception>
    public static BodyIndex Read(CommitRow commit)
    {
        BodyReader body = new(commit.Body, commit.ToString());
        body.Require(commit.First > 0 && commit.Count > 0 && commit.Count <= commit.Body.Length, "lacks entries");
        List<BlockPlace> blocks = [];
        for (long entries = commit.Count; entries > 0; entries -= EntriesPerBlock)
        {
            blocks.Add(new BlockPlace(
                (int)Math.Min(EntriesPerBlock, entries), body.ReadLength(), body.ReadLength(commit.Texts.Length), body.ReadBytes(DigestLength)));
        }

        return new BodyIndex(commit.Body[..body.Position], blocks);
    }
}

/// <summary>A block as the index describes it.</summary>
/// <param name="Entries">The number of its entries.</param>
/// <param name="Length">The number of its bytes.</param>
/// <param name="TextsLength">The number of bytes of its texts.</param>
/// <param name="Digest">The SHA-256 of the block.</param>
internal sealed record BlockPlace(int Entries, int Length, int TextsLength, byte[] Digest);

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>What a body begins with: how long each block is, how long its texts are, and the digest of the block. A seal covers the index, and so all of the body.</summary>
/// <param name="Bytes">The index as it is stored.</param>
/// <param name="Blocks">The blocks, in order.</param>
internal sealed record BodyIndex(byte[] Bytes, IReadOnlyList<BlockPlace> Blocks)
{
    private const int EntriesPerBlock = 256;
    private const int DigestLength = 32;

    /// <summary>The index of a commit.</summary>
    /// <exception cref="AuditException">The body does not begin with an index of so many entries.</exception>
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

/// <summary>What an index says about a block.</summary>
/// <param name="Entries">How many entries it has.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="TextsLength">How many bytes its texts have.</param>
/// <param name="Digest">Its SHA-256.</param>
internal sealed record BlockPlace(int Entries, int Length, int TextsLength, byte[] Digest);

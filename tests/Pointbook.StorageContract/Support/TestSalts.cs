using Pointbook.Engine.Journal;

namespace Pointbook.StorageContract.Support;

/// <summary>Salts that are the same in each run.</summary>
public static class TestSalts
{
    /// <summary>Gives salts that each repeat one byte: 0, 1, 2 … 255, 0 ….</summary>
    public static SaltSource Create()
    {
        byte next = 0;
        return salt => salt.Fill(unchecked(next++));
    }

    /// <summary>Gives salts that each repeat one byte: 1, 2 … 255, 1 …. An empty text with a salt of zeros would count as erased.</summary>
    public static SaltSource CreateNonzero()
    {
        int next = 0;
        return salt => salt.Fill((byte)(1 + (next++ % byte.MaxValue)));
    }
}

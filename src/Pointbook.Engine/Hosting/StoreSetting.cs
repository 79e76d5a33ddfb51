namespace Pointbook.Engine.Hosting;

/// <summary>What an operator can set so that a store opens. The program that reads the settings knows what they are called there.</summary>
public enum StoreSetting
{
    /// <summary>No setting helps.</summary>
    None,

    /// <summary>The directory of the store.</summary>
    Directory,

    /// <summary>How many partitions the store has.</summary>
    Partitions,
}

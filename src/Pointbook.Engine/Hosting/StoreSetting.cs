namespace Pointbook.Engine.Hosting;

/// <summary>A setting that an operator can change so that a store opens. The program that reads the settings knows their names.</summary>
public enum StoreSetting
{
    /// <summary>No setting helps.</summary>
    None,

    /// <summary>The directory of the store.</summary>
    Directory,

    /// <summary>How many partitions the store has.</summary>
    Partitions,
}

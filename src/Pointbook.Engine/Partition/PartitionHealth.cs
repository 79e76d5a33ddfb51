using Pointbook.Engine.ReadModel;

namespace Pointbook.Engine.Partition;

/// <summary>The health that a partition reports.</summary>
/// <param name="IsRunning">Whether the partition accepts commands.</param>
/// <param name="CanAppend">Whether its journal can be read, and in the last 10 s no append failed and no command was given up because clocks disagreed.</param>
/// <param name="CanStoreAccounts">Whether the last round of its snapshot writer succeeded.</param>
/// <param name="DamagedAccounts">How many accounts are known to have damaged stored rows, and are refused.</param>
/// <param name="ReadModel">What queries can expect from its read model.</param>
/// <param name="IsDirectoryDamaged">Whether its directory of accounts is damaged and not yet rewritten. It then refuses requests for some accounts that have no entries.</param>
public readonly record struct PartitionHealth(
    bool IsRunning,
    bool CanAppend,
    bool CanStoreAccounts,
    int DamagedAccounts = 0,
    ReadModelCondition ReadModel = ReadModelCondition.Serving,
    bool IsDirectoryDamaged = false)
{
    /// <summary>Whether the partition can serve requests. Damaged accounts do not affect others. Only lists of payers and statements need the read model.</summary>
    public bool IsReady => IsRunning && CanAppend && CanStoreAccounts;
}

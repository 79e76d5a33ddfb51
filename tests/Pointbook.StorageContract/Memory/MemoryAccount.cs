using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>What the projection in memory keeps of one account. Not thread-safe.</summary>
internal sealed class MemoryAccount(AccountId account)
{
    private readonly List<Sequence> _live = [];
    private readonly List<Sequence> _archived = [];

    public AccountState State { get; } = new(account);

    public Dictionary<IdempotencyKey, KeyRecord> Keys { get; } = [];

    public void Apply(Entry entry)
    {
        State.Apply(entry);
        _live.Add(entry.Sequence);
        if (entry.Origin is { Key: { } key, KeyHash: { } hash })
        {
            Keys[key] = new KeyRecord(hash, entry.Sequence);
        }

        if (entry.Kind == EntryKind.Flush)
        {
            _archived.AddRange(_live);
            _live.Clear();
        }
    }

    public AccountTables ToTables() => new(
        State.ToSnapshot(),
        State.LotCount,
        [.. _live],
        [.. _archived],
        [.. Keys.OrderBy(pair => pair.Key.Value, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))]);
}

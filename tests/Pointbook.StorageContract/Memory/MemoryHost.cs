using Pointbook.Engine.Journal;
using Pointbook.Engine.Projection;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Memory;

/// <summary>The store in memory as a store under test.</summary>
public sealed class MemoryHost : StoreHost
{
    private readonly MemoryJournal _journal;
    private readonly MemoryProjection _projection = new();

    public MemoryHost() => _journal = new MemoryJournal(Clock) { SkewMax = SkewMax };

    public override IJournal Journal => _journal;

    public override IProjection Projection => _projection;

    public override ValueTask OpenAsync() => ValueTask.CompletedTask;

    public override ValueTask<ProjectionTables> ReadTablesAsync(string prefix = "")
    {
        ProjectionTables tables = _projection.ReadTables();
        return new ValueTask<ProjectionTables>(new ProjectionTables(
            tables.Position,
            [.. tables.Accounts.Where(account => account.Snapshot.Account.Value.StartsWith(prefix, StringComparison.Ordinal))],
            [.. tables.Totals.Where(total => total.Payer.Value.StartsWith(prefix, StringComparison.Ordinal))]));
    }

    public override void FailAfterWrites(int count) => _projection.BeforeWrite = () =>
    {
        if (count-- <= 0)
        {
            throw new IOException("Scripted: the projection cannot be written to.");
        }
    };

    // The write before the first account is the target.
    public override void FailAfterAccounts(int count) => FailAfterWrites(count + 1);

    public override void Heal() => _projection.BeforeWrite = null;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

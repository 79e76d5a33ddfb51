using System.Text;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Memory;

/// <summary>A host for the store in memory.</summary>
public sealed class MemoryHost : StoreHost
{
    private readonly MemoryJournal _journal;
    private readonly MemoryAccountStore _accountStore = new();
    private readonly MemoryReadModel _readModel = new();

    public MemoryHost() => _journal = new MemoryJournal(Clock) { SkewMax = SkewMax };

    public override IJournal Journal => _journal;

    public override IAccountStore AccountStore => _accountStore;

    public override IReadModel ReadModel => _readModel;

    public override ValueTask<PayerTables> ReadSumsAsync(string prefix = "") => new(_readModel.ReadTables().Of(prefix));

    public override ValueTask OpenAsync() => ValueTask.CompletedTask;

    public override ValueTask<AccountStoreTables> ReadTablesAsync(string prefix = "") => new(_accountStore.ReadTables().Of(prefix));

    public override ValueTask<bool> HasTextAsync(string text) =>
        new(_journal.Commits.Any(commit => commit.Bytes.Texts.Span.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0));

    public override ValueTask DamageAsync(Sequence entry)
    {
        _journal.Damage(entry);
        return ValueTask.CompletedTask;
    }

    public override ValueTask RefuseTextChangesAsync()
    {
        _journal.RefusesTextChanges = true;
        return ValueTask.CompletedTask;
    }

    public override ValueTask ChangeRowsAsync(string sql) => throw NoRows();

    public override ValueTask<long> ReadNumberAsync(string sql) => throw NoRows();

    public override ValueTask<long> CountGenerationsAsync() => new(_readModel.GenerationCount + _readModel.LeftCount);

    public override ValueTask<IAsyncDisposable> FillAsync()
    {
        _readModel.IsFull = true;
        return new ValueTask<IAsyncDisposable>(new Fullness(_readModel));
    }

    public override void FailAfterWrites(int count) => _accountStore.BeforeWrite = () =>
    {
        if (count-- <= 0)
        {
            throw new StorageFailureException("Scripted: the account store cannot be written to.");
        }
    };

    // A round writes the target before the first account.
    public override void FailAfterAccounts(int count) => FailAfterWrites(count + 1);

    public override void Heal() => _accountStore.BeforeWrite = null;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Fullness(MemoryReadModel readModel) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            readModel.IsFull = false;
            return ValueTask.CompletedTask;
        }
    }

    private static NotSupportedException NoRows() => new("The store in memory has no rows.");
}

using System.Collections.Concurrent;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Tests.Bulk;

/// <summary>A ledger that answers some commands from a script, and passes all others on to a real ledger.</summary>
/// <param name="inner">Returns the real ledger. The server creates it later than this one.</param>
/// <param name="script">Returns the refusal for a command's points and the number of earlier commands with these points. Null passes the command on.</param>
internal sealed class ScriptedLedger(Func<ILedger> inner, Func<long, int, RefusalCode?> script) : ILedger
{
    private readonly ConcurrentDictionary<long, int> _seen = new();

    /// <summary>The points of the received commands, in order.</summary>
    public ConcurrentQueue<long> Commands { get; } = new();

    /// <summary>Whether refusals come after the call, like those of a batch. Otherwise they come at once, like those of a full queue.</summary>
    public bool IsLate { get; init; }

    public async ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        long points = ((AddTransaction)command).Points.Value;
        Commands.Enqueue(points);
        if (script(points, _seen.AddOrUpdate(points, 0, (_, count) => count + 1)) is not { } code)
        {
            return await inner().ExecuteAsync(command, cancellationToken);
        }

        if (IsLate)
        {
            await Task.Yield();
        }

        return new Refusal(code);
    }

    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        inner().ReadBalanceAsync(account, cancellationToken);

    public ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken) =>
        inner().PreviewSpendAsync(spend, cancellationToken);

    public ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken) =>
        inner().ReadSpendAsync(account, spend, cancellationToken);

    public int PartitionOf(AccountId account) => inner().PartitionOf(account);
}

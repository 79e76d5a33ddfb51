using System.Collections.Concurrent;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Tests.Bulk;

/// <summary>A ledger that answers some commands as it is told before it does what the ledger behind it does.</summary>
/// <param name="inner">The ledger behind, once there is one.</param>
/// <param name="script">What to answer to a command's points instead, given how often they came before; null to pass it on.</param>
internal sealed class ScriptedLedger(Func<ILedger> inner, Func<long, int, RefusalCode?> script) : ILedger
{
    private readonly ConcurrentDictionary<long, int> _seen = new();

    /// <summary>The points of the commands that came, in order.</summary>
    public ConcurrentQueue<long> Commands { get; } = new();

    /// <summary>Whether refusals come later than the call, as those of a batch do, and not at once, as those of a full queue do.</summary>
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

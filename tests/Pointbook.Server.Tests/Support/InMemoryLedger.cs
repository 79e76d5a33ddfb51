using Pointbook.Engine;
using Pointbook.Engine.Answers;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Tests.Support;

/// <summary>The real rules behind a lock, and nothing durable: what the HTTP side is tested on.</summary>
internal sealed class InMemoryLedger(TimeProvider clock) : ILedger
{
    public static readonly TimeSpan FutureMax = TimeSpan.FromHours(24);

    private readonly Lock _gate = new();
    private readonly Dictionary<AccountId, AccountState> _accounts = [];
    private readonly Dictionary<(AccountId Account, IdempotencyKey Key), Receipt> _receipts = [];
    private Sequence _next = new(1);
    private Instant _recordedAt = Instant.MinValue;

    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(Execute(command));
        }
    }

    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            AccountState state = StateOf(account);
            return ValueTask.FromResult<Outcome<AccountBalance>>(new AccountBalance(
                account, state.Balance, [.. state.Payers.Select(line => new PayerBalance(line.Name, line.Balance))], _recordedAt));
        }
    }

    private Outcome<Receipt> Execute(Command command)
    {
        IdempotencyKey? key = command.Origin?.Key;
        if (key is not null && _receipts.TryGetValue((command.Account, key), out Receipt? first))
        {
            return first.Entries[0].Origin!.KeyHash == command.Origin!.KeyHash
                ? first with { IsReplay = true }
                : new Refusal(RefusalCode.IdempotencyMismatch);
        }

        Instant now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        AccountState state = StateOf(command.Account);
        List<Entry> entries = [];
        Refusal? refusal = LedgerRules.Decide(state, command, new DecisionContext(_next, now.PlusClamped(FutureMax)), entries);
        if (refusal is not null)
        {
            return refusal;
        }

        Instant following = _recordedAt.PlusClamped(TimeSpan.FromMicroseconds(1));
        _recordedAt = now > following ? now : following;
        entries.ForEach(state.Apply);
        _next = _next.Plus(entries.Count);
        Receipt receipt = new(0, _recordedAt, entries, IsReplay: false);
        if (key is not null && entries.Count > 0)
        {
            _receipts.Add((command.Account, key), receipt);
        }

        return receipt;
    }

    private AccountState StateOf(AccountId account)
    {
        if (!_accounts.TryGetValue(account, out AccountState? state))
        {
            state = new AccountState(account);
            _accounts.Add(account, state);
        }

        return state;
    }
}

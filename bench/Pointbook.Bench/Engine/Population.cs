using System.Globalization;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Bench.Engine;

/// <summary>The accounts and the commands on them.</summary>
/// <remarks>
/// Lots have 100 points, except the first one of each account, which has 50. Every spend takes 100. So each spend draws the
/// second half of one lot and the first half of the next: two draws, and one lot less.
/// </remarks>
internal sealed class Population
{
    public const int LotPoints = 100;
    private const int Payers = 20;
    private readonly AccountId[] _accounts;
    private readonly PayerName[] _payers = [.. Enumerable.Range(0, Payers).Select(number => PayerName.FromTrusted($"PAYER {number}"))];
    private readonly bool _withKeys;

    /// <param name="accounts">The number of accounts.</param>
    /// <param name="withKeys">Whether each command has an idempotency key.</param>
    /// <param name="first">The number of the first account.</param>
    public Population(int accounts, bool withKeys = false, int first = 0)
    {
        _accounts = [.. Enumerable.Range(first, accounts).Select(number => AccountId.FromTrusted(
            string.Create(CultureInfo.InvariantCulture, $"account-{number}")))];
        _withKeys = withKeys;
    }

    public int Count => _accounts.Length;

    public AccountId this[int account] => _accounts[account];

    public Command Spend(int account) => WithKey(new SpendPoints(_accounts[account], new Points(LotPoints)));

    public Command Add(int account, Random random, bool isFirst = false) => WithKey(new AddTransaction(
        _accounts[account],
        _payers[random.Next(Payers)],
        new Points(isFirst ? LotPoints / 2 : LotPoints),
        Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow())));

    private Command WithKey(Command command)
    {
        if (!_withKeys)
        {
            return command;
        }

        IdempotencyKey key = IdempotencyKey.FromTrusted(Guid.NewGuid().ToString());
        return command with { Origin = new Origin { Key = key, KeyHash = CommandHash.Compute(command) } };
    }
}

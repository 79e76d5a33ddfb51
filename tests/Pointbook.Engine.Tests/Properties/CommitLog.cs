using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>Compares the operations of a journal with the model and with the answers of the processes.</summary>
internal sealed class CommitLog
{
    // These runs have no expiries and no holds, so any time will do.
    private readonly Model _model = new(() => Instant.MinValue, account => account);
    private readonly Dictionary<string, Entry[]> _operations = [];
    private readonly List<Moment> _moments = [];

    /// <summary>Replays a journal through the model.</summary>
    /// <param name="commits">The journal.</param>
    /// <param name="requests">All requests. Every operation of the journal must be one of them, and must occur only once.</param>
    public CommitLog(IEnumerable<Commit> commits, IEnumerable<Request> requests)
    {
        Dictionary<string, Command> commands = requests
            .Where(request => request.Command is not null).DistinctBy(request => request.Reference).ToDictionary(request => request.Reference!, request => request.Command!);
        Dictionary<(AccountId, IdempotencyKey), Digest> keys = [];
        AddMoment(Sequence.Zero, keys);
        foreach (Commit commit in commits)
        {
            foreach (IGrouping<Sequence, Entry> operation in commit.Entries.GroupBy(entry => entry.Operation))
            {
                Entry[] entries = [.. operation];
                string reference = entries[0].Origin!.Reference!;
                Assert.True(_operations.TryAdd(reference, entries), $"{reference} was carried out twice.");
                _model.Check(commands[reference], new Receipt(commit.Partition, commit.Time, OperationOutline.Of(entries, int.MaxValue), IsReplay: false));
                if (entries[0].Origin is { Key: { } key, KeyHash: { } hash })
                {
                    keys.Add((entries[0].Account, key), hash);
                }

                AddMoment(entries[^1].Sequence, keys);
            }
        }
    }

    /// <summary>The points of an account at the end of the journal.</summary>
    public Int128 PointsOf(AccountId account) => _model.Ledger[account].Total;

    /// <summary>Checks an answer with the journal: it must be true at some moment after the request began and before it was answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="all">All requests.</param>
    public void Check(Request request, IReadOnlyList<Request> all)
    {
        if (request.IsTemporarilyRefused)
        {
            CheckTemporaryRefusal(request, all);
        }
        else if (request.Command is not null && request.Written.Value is { Operation.EntryCount: > 0 } receipt)
        {
            Assert.Equal(_operations[request.Reference!], receipt.Operation.FirstEntries);
            Assert.True(receipt.Operation.FirstEntries[^1].Sequence <= request.Until);
            Assert.True(receipt.IsReplay || receipt.Operation.FirstEntries[0].Sequence > request.From);
        }
        else
        {
            Assert.Contains(
                _moments.Where(moment => moment.Sequence >= request.From && moment.Sequence <= request.Until),
                moment => request.Command is null ? moment.Expects(request.Account, request.Balance.Value!) : moment.Expects(request.Command, request.Written));
        }
    }

    /// <summary>A command with a temporary refusal must not be in the journal, unless its outcome was unknown or a duplicate was accepted.</summary>
    private void CheckTemporaryRefusal(Request request, IReadOnlyList<Request> all)
    {
        if (request.Command is null || !_operations.ContainsKey(request.Reference!))
        {
            return;
        }

        Assert.Contains(all, other => other.Reference == request.Reference
            && (other.Written.Value is not null || other.Refusal!.Code == RefusalCode.OutcomeUnknown));
    }

    private void AddMoment(Sequence sequence, Dictionary<(AccountId, IdempotencyKey), Digest> keys) => _moments.Add(new Moment(
        sequence,
        _model.Ledger.Accounts.ToDictionary(account => account, account => _model.Ledger[account].Balance),
        new Dictionary<(AccountId, IdempotencyKey), Digest>(keys)));

    /// <summary>The balances and keys after an operation and before the next one.</summary>
    private sealed record Moment(
        Sequence Sequence,
        Dictionary<AccountId, IReadOnlyList<ReferenceLine>> Balances,
        Dictionary<(AccountId, IdempotencyKey), Digest> Keys)
    {
        public bool Expects(AccountId account, AccountBalance answer) =>
            LinesOf(account).SequenceEqual(answer.Payers.Select(line => new ReferenceLine(line.Payer, line.Points.Value)));

        public bool Expects(Command command, Outcome<Receipt> answer)
        {
            IReadOnlyList<ReferenceLine> lines = LinesOf(command.Account);
            if (command.Origin?.Key is { } key && Keys.TryGetValue((command.Account, key), out Digest hash))
            {
                return hash != command.Origin.KeyHash && answer.Refusal?.Code == RefusalCode.IdempotencyMismatch;
            }

            long total = lines.Sum(line => line.Points);
            return command switch
            {
                FlushAccount => lines.Count == 0 && command.Origin?.Key is null && answer.Value is not null,
                SpendPoints { Points.Value: < 1 } => answer.Refusal?.Code == RefusalCode.PointsNotPositive,
                SpendPoints spend => spend.Points.Value > total && RefusesWith(answer, RefusalCode.InsufficientPoints, total),
                AddTransaction { Points.Value: 0 } => answer.Refusal?.Code == RefusalCode.ZeroPoints,
                AddTransaction add => PointsOf(lines, add.Payer) + add.Points.Value < 0
                    && RefusesWith(answer, RefusalCode.InsufficientPayerPoints, PointsOf(lines, add.Payer)),
                _ => false,
            };
        }

        private static bool RefusesWith(Outcome<Receipt> answer, RefusalCode code, long available) =>
            answer.Refusal?.Code == code && answer.Refusal.Available?.Value == available;

        private static long PointsOf(IReadOnlyList<ReferenceLine> lines, PayerName payer) =>
            lines.FirstOrDefault(line => line.Payer == payer)?.Points ?? 0;

        private IReadOnlyList<ReferenceLine> LinesOf(AccountId account) => Balances.GetValueOrDefault(account) ?? [];
    }
}

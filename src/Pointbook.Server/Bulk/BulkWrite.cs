using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Bulk;

/// <summary>One of many transactions, on its way to the ledger. Not thread-safe.</summary>
/// <param name="number">Its position among the others.</param>
/// <param name="parsed">The command, or the problem that prevents it.</param>
internal sealed class BulkWrite(long number, Parsed<AddTransaction> parsed)
{
    private Task<Outcome<Receipt>>? _answer;

    /// <summary>Its position among the others.</summary>
    public long Number => number;

    /// <summary>The account of the transaction; null if the transaction could not be read.</summary>
    public AccountId? Account => parsed.Value?.Account;

    /// <summary>Completes when the ledger has answered. It fails only because of a bug.</summary>
    public Task Answered => _answer ?? Task.CompletedTask;

    /// <summary>Whether the ledger could not decide at the moment.</summary>
    public bool IsUndecided => Refusal is { } refusal && ProblemTable.Of(refusal.Code).Retry is RetryAdvice.Later or RetryAdvice.SameKey;

    /// <summary>Whether the server can send it again without the risk of writing it twice.</summary>
    public bool CanBeSentAgain => Refusal?.Code != RefusalCode.OutcomeUnknown || parsed.Value?.Origin?.Key is not null;

    /// <summary>What the ledger wrote, now or earlier; null if it wrote nothing.</summary>
    public Receipt? Receipt => _answer?.Result.Value;

    /// <summary>Why the ledger wrote nothing; null if it wrote something.</summary>
    public ProblemReply? Problem => parsed.Problem ?? (Refusal is { } refusal ? ToProblem(refusal) : null);

    private Refusal? Refusal => _answer?.Result.Refusal;

    /// <summary>Sends it to the ledger, if it could be read. The ledger executes it even if no client waits for the answer.</summary>
    public void Send(ILedger ledger)
    {
        if (parsed.Value is { } command)
        {
            _answer = ledger.ExecuteAsync(command, CancellationToken.None).AsTask();
        }
    }

    private static ProblemReply ToProblem(Refusal refusal) => refusal.Code == RefusalCode.IdempotencyMismatch
        ? new ProblemReply(
            ProblemTable.IdempotencyMismatch, "This `idempotencyKey` was already used for a different request on this account. Send a unique key with each transaction.", "idempotencyKey")
        : RefusalReplies.From(refusal);
}

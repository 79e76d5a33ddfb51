using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Bulk;

/// <summary>One transaction of many, on its way into the ledger. Not thread-safe.</summary>
/// <param name="number">Its place among the others.</param>
/// <param name="parsed">The command, or why there is none.</param>
internal sealed class BulkWrite(long number, Parsed<AddTransaction> parsed)
{
    private Task<Outcome<Receipt>>? _answer;

    /// <summary>Its place among the others.</summary>
    public long Number => number;

    /// <summary>Whose points it is about; null if it could not be read.</summary>
    public AccountId? Account => parsed.Value?.Account;

    /// <summary>Ends when there is an answer. It fails only on bugs.</summary>
    public Task Answered => _answer ?? Task.CompletedTask;

    /// <summary>Whether the ledger could not say yes or no at the moment.</summary>
    public bool IsUndecided => Refusal is { } refusal && ProblemTable.Of(refusal.Code).Retry is RetryAdvice.Later or RetryAdvice.SameKey;

    /// <summary>Whether it can be sent again without being carried out twice.</summary>
    public bool CanBeSentAgain => Refusal?.Code != RefusalCode.OutcomeUnknown || parsed.Value?.Origin?.Key is not null;

    /// <summary>What was written, now or earlier; null if nothing was.</summary>
    public Receipt? Receipt => _answer?.Result.Value;

    /// <summary>Why nothing was written; null if something was.</summary>
    public ProblemReply? Problem => parsed.Problem ?? (Refusal is { } refusal ? ToProblem(refusal) : null);

    private Refusal? Refusal => _answer?.Result.Refusal;

    /// <summary>Sends it to the ledger, if it could be read. What has been read is carried out, whoever waits for the answer.</summary>
    public void Send(ILedger ledger)
    {
        if (parsed.Value is { } command)
        {
            _answer = ledger.ExecuteAsync(command, CancellationToken.None).AsTask();
        }
    }

    private static ProblemReply ToProblem(Refusal refusal) => refusal.Code == RefusalCode.IdempotencyMismatch
        ? new ProblemReply(
            ProblemTable.IdempotencyMismatch, "idempotencyKey was used for a different request on this account; send a key of its own for each transaction.", "idempotencyKey")
        : RefusalReplies.From(refusal);
}

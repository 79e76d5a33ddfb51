using System.Globalization;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Traffic;

/// <summary>A write that a client wants, and its outcome. Only one client uses it at a time.</summary>
internal sealed class Write
{
    public required WriteKind Kind { get; init; }

    public required string Account { get; init; }

    public string? Payer { get; init; }

    /// <summary>The points. Every spend has another number of points, which identifies it in the journal.</summary>
    public long Points { get; init; }

    /// <summary>The timestamp. Every transaction has another one, which identifies it in the journal.</summary>
    public long OccurredAt { get; init; }

    public string? Key { get; init; }

    /// <summary>The client's reference. Every erasure has another one, which identifies it in the journal.</summary>
    public string? Reference { get; init; }

    /// <summary>Whether clients never repeat the write: after an erasure of its account, its key would be free, and the write would be carried out again.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Whether the client sends the write to a route of the original service.</summary>
    public bool IsClassic => Account == WriteLog.ClassicAccount;

    public WriteState State { get; set; } = WriteState.Unanswered;

    /// <summary>Whether an attempt without an answer may still be carried out, even if its server has ended.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>The server that carried out the write, if that server told the client.</summary>
    public string? DoneBy { get; set; }

    /// <summary>The reply that acknowledged the write.</summary>
    public Reply? Reply { get; set; }

    /// <summary>The operation in the journal.</summary>
    public Operation? Recorded { get; set; }

    public Task<Reply> SendAsync(LedgerClient client) => (Kind, IsClassic) switch
    {
        (WriteKind.Add, true) => client.PostAsync("/addTransaction", Bodies.Transaction(Payer!, Points, Bodies.Timestamp(OccurredAt)), Key),
        (WriteKind.Add, false) => client.PostAsync(
            $"/v1/accounts/{Account}/transactions", Bodies.Transaction(Payer!, Points, Bodies.Timestamp(OccurredAt), Reference), Key),
        (WriteKind.Spend, true) => client.PostAsync("/spend", Bodies.Spend(Points), Key),
        (WriteKind.Spend, false) => client.SpendAsync(Account, Points, Key),
        (WriteKind.Flush, true) => client.PostAsync("/flushDB", "", Key),
        (WriteKind.Flush, false) => client.PostAsync($"/v1/accounts/{Account}/flush", "{}", Key),
        _ => client.PostAsync($"/v1/accounts/{Account}/erasure", Bodies.Note(Reference!), Key),
    };

    /// <summary>Notes an answer.</summary>
    /// <exception cref="AuditException">The server must not give this answer.</exception>
    public void Take(Reply reply, string server)
    {
        if (reply.CanBeRepeated)
        {
            TakeFailure(reply);
            return;
        }

        if (State == WriteState.Done)
        {
            // A flush of an empty account writes nothing and uses no key. To everything else the server gives the first answer again.
            Require(Kind == WriteKind.Flush || reply == Reply! with { IsReplay = true }, $"{this} was answered again with {reply}.");
            return;
        }

        bool isRefused = reply.IsRefusedByRule || (Kind == WriteKind.Erase && reply.Code is "account_not_empty" or "account_not_found");
        Require(reply.IsDone || isRefused, $"{this} was answered with {reply}.");
        State = reply.IsDone ? WriteState.Done : WriteState.Refused;
        DoneBy = reply is { IsDone: true, IsReplay: false } ? server : null;
        Reply = reply;
    }

    /// <summary>Notes that a server could not carry out the write, or does not know whether it did.</summary>
    private void TakeFailure(Reply reply)
    {
        bool wroteNothing = reply.Retry == "later";
        Require(wroteNothing || reply.Retry == "same_key", $"{this} was answered with {reply}.");
        if (State != WriteState.Done)
        {
            IsInDoubt |= !wroteNothing;
            // A client sends a write with a key again, so its outcome is still open.
            State = wroteNothing && (Key is null || IsOnce) ? WriteState.Refused : WriteState.Unanswered;
            Reply = reply;
        }
    }

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }

    public override string ToString() =>
        $"{State} {Kind} of {Points} on {Account} (payer {Payer}, time {OccurredAt}, key {Key}, reply {Reply})";
}

internal enum WriteKind
{
    Add,
    Spend,
    Flush,
    Erase,
}

internal enum WriteState
{
    /// <summary>The client does not know the outcome.</summary>
    Unanswered,

    /// <summary>A server told the client that the write is done.</summary>
    Done,

    /// <summary>A server told the client that it wrote nothing.</summary>
    Refused,
}

using System.Globalization;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Traffic;

/// <summary>What a client wants to be written, and what became of it. One client has it at a time.</summary>
internal sealed class Write
{
    public required WriteKind Kind { get; init; }

    public required string Account { get; init; }

    public string? Payer { get; init; }

    /// <summary>How many points. No other spend is of as many, so that a spend is known in the journal by its sum.</summary>
    public long Points { get; init; }

    /// <summary>When it happened. No other transaction happened then, so that it is known in the journal by its time.</summary>
    public long OccurredAt { get; init; }

    public string? Key { get; init; }

    /// <summary>Whether it goes over a route of the original service.</summary>
    public bool IsClassic => Account == WriteLog.ClassicAccount;

    public WriteState State { get; set; } = WriteState.Unanswered;

    /// <summary>Whether an attempt got no answer that may still be carried out, even by a server that is gone.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>The server that did it, if the client heard it from that one.</summary>
    public string? DoneBy { get; set; }

    /// <summary>The reply that said it is done.</summary>
    public Reply? Reply { get; set; }

    /// <summary>What the journal has of it.</summary>
    public Operation? Recorded { get; set; }

    public Task<Reply> SendAsync(LedgerClient client) => (Kind, IsClassic) switch
    {
        (WriteKind.Add, true) => client.PostAsync("/addTransaction", Bodies.Transaction(Payer!, Points, Bodies.Timestamp(OccurredAt)), Key),
        (WriteKind.Add, false) => client.AddAsync(Account, Payer!, Points, Bodies.Timestamp(OccurredAt), Key),
        (WriteKind.Spend, true) => client.PostAsync("/spend", Bodies.Spend(Points), Key),
        (WriteKind.Spend, false) => client.SpendAsync(Account, Points, Key),
        _ => client.PostAsync("/flushDB", "", Key),
    };

    /// <summary>Takes note of an answer.</summary>
    /// <exception cref="AuditException">The server may not answer that.</exception>
    public void Take(Reply reply, string server)
    {
        if (reply.IsToRepeat)
        {
            TakeFailure(reply);
            return;
        }

        if (State == WriteState.Done)
        {
            // A flush of an empty account writes nothing and claims no key; everything else is answered as the first time.
            Require(Kind == WriteKind.Flush || reply == Reply! with { IsReplay = true }, $"{this} was answered again with {reply}.");
            return;
        }

        Require(reply.IsDone || reply.IsRefusedByRule, $"{this} was answered with {reply}.");
        State = reply.IsDone ? WriteState.Done : WriteState.Refused;
        DoneBy = reply is { IsDone: true, IsReplay: false } ? server : null;
        Reply = reply;
    }

    /// <summary>Takes note that a server could not do it, or does not know whether it did.</summary>
    private void TakeFailure(Reply reply)
    {
        bool wroteNothing = reply.Retry == "later";
        Require(wroteNothing || reply.Retry == "same_key", $"{this} was answered with {reply}.");
        if (State != WriteState.Done)
        {
            IsInDoubt |= !wroteNothing;
            // With a key it is sent again, so that this is not the end of it.
            State = wroteNothing && Key is null ? WriteState.Refused : WriteState.Unanswered;
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
}

internal enum WriteState
{
    /// <summary>The client does not know what became of it.</summary>
    Unanswered,

    /// <summary>The client was told that it is done.</summary>
    Done,

    /// <summary>The client was told that nothing was written.</summary>
    Refused,
}

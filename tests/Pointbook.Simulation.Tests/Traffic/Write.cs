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

using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>What one of the processes was asked, what it answered, and what the journal had before and after.</summary>
internal sealed class Request
{
    /// <summary>What was to be done; null for a question.</summary>
    public Command? Command { get; init; }

    public required AccountId Account { get; init; }

    /// <summary>The last entry that any process had acknowledged before the request began. The answer has to reflect it.</summary>
    public required Sequence From { get; init; }

    /// <summary>The last entry that was durable when the answer was given. The answer can reflect nothing later.</summary>
    public Sequence Until { get; set; }

    public Outcome<Receipt> Written { get; set; }

    public Outcome<AccountBalance> Balance { get; set; }

    public Refusal? Refusal => Command is null ? Balance.Refusal : Written.Refusal;

    /// <summary>The name the command can be found by in the journal, the same for duplicates.</summary>
    public string? Reference => Command?.Origin!.Reference;

    /// <summary>Whether it was refused because of what was going on and not because of the rules.</summary>
    public bool IsPutOff => Refusal?.Code is
        RefusalCode.Overloaded or RefusalCode.CatchingUp or RefusalCode.StorageUnavailable or RefusalCode.ClockDisagrees or RefusalCode.OutcomeUnknown;

    /// <summary>A command under a name: duplicates by key have one name, and all others a name of their own.</summary>
    public static Command Name(Command command, int number)
    {
        IdempotencyKey? key = command.Origin?.Key;
        string reference = key is null ? $"number {number}" : $"{key} {command with { Origin = null }}";
        Command named = command with { Origin = new Origin { Reference = reference } };
        return key is null ? named : named with { Origin = named.Origin with { Key = key, KeyHash = CommandHash.Compute(named) } };
    }
}

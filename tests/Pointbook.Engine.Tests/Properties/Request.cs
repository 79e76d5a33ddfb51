using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>A request to one of the processes, its answer, and the last entries of the journal before and after it.</summary>
internal sealed class Request
{
    /// <summary>The command; null for a query.</summary>
    public Command? Command { get; init; }

    public required AccountId Account { get; init; }

    /// <summary>The last entry that any process had acknowledged before the request began. The answer must reflect it.</summary>
    public required Sequence From { get; init; }

    /// <summary>The last entry that was durable when the process answered. The answer must not reflect later entries.</summary>
    public Sequence Until { get; set; }

    public Outcome<Receipt> Written { get; set; }

    public Outcome<AccountBalance> Balance { get; set; }

    public Refusal? Refusal => Command is null ? Balance.Refusal : Written.Refusal;

    /// <summary>The reference by which the test finds the command in the journal. Duplicates have the same one.</summary>
    public string? Reference => Command?.Origin!.Reference;

    /// <summary>Whether the refusal is temporary, and not one of the rules.</summary>
    public bool IsTemporarilyRefused => Refusal?.Code is
        RefusalCode.Overloaded or RefusalCode.CatchingUp or RefusalCode.StorageUnavailable or RefusalCode.ClockDisagrees or RefusalCode.OutcomeUnknown;

    /// <summary>Gives a command a reference. Duplicates with one key share a reference, and all other commands have different ones.</summary>
    public static Command WithReference(Command command, int number)
    {
        IdempotencyKey? key = command.Origin?.Key;
        string reference = key is null ? $"number {number}" : $"{key} {command with { Origin = null }}";
        Command named = command with { Origin = new Origin { Reference = reference } };
        return key is null ? named : named with { Origin = named.Origin with { Key = key, KeyHash = CommandHash.Compute(named) } };
    }
}

using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Runs;

/// <summary>Short forms for commands and their answers.</summary>
public static class CommandExtensions
{
    /// <summary>The command with an idempotency key.</summary>
    public static TCommand With<TCommand>(this TCommand command, string key)
        where TCommand : Command => command with
        {
            Origin = new Origin { Key = IdempotencyKey.FromTrusted(key), KeyHash = CommandHash.Compute(command) },
        };

    public static Receipt Accepted(this Outcome<Receipt> outcome)
    {
        Assert.Null(outcome.Refusal);
        return outcome.Value!;
    }

    public static RefusalCode? Code(this Outcome<Receipt> outcome) => outcome.Refusal?.Code;
}

using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>A command that a client sends after some time has passed.</summary>
/// <param name="Command">The command. The account determines the subject of a command about an earlier operation.</param>
/// <param name="Wait">How much time passes before the command.</param>
/// <param name="Back">How many operations back the command's subject is, beginning with the latest one.</param>
internal sealed record TimedCommand(Command Command, TimeSpan Wait, int Back)
{
    /// <summary>A command without a wait before it.</summary>
    public static TimedCommand Now(Command command) => new(command, TimeSpan.Zero, 0);

    /// <summary>The command with the subject that it has in an account.</summary>
    public Command For(TestAccount account) => Command switch
    {
        // An account sometimes has no operation that far back. Then the command names another entry, or none that exists.
        RestoreFlush restore => restore with { Subject = Pick(account.Flushes, Back % 3, account.Spends) },
        SubjectCommand subject => subject with { Subject = Pick(account.Spends, Back % 6, account.Flushes) },
        _ => Command,
    };

    /// <summary>One of the latest operations. Sometimes it is one of another kind, or the entry after the operation.</summary>
    private Sequence Pick(IReadOnlyList<Sequence> operations, int back, IReadOnlyList<Sequence> others) =>
        back < operations.Count ? operations[^(back + 1)]
        : others.Count > 0 ? others[^1].Plus(Back % 2)
        : Sequence.Zero;
}

using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Some time passes, and then a client sends a command.</summary>
/// <param name="Command">The command. The book determines the subject of a command about an earlier operation.</param>
/// <param name="Wait">How much time passes before the command.</param>
/// <param name="Back">How many operations back the command's subject is, beginning with the latest one.</param>
internal sealed record Move(Command Command, TimeSpan Wait, int Back)
{
    /// <summary>A command without a wait before it.</summary>
    public static Move Now(Command command) => new(command, TimeSpan.Zero, 0);

    /// <summary>The command with the subject that it has in a book.</summary>
    public Command In(Book book) => Command switch
    {
        // A book is short and sometimes has no operation that far back. Then the command names another entry, or none that exists.
        RestoreFlush restore => restore with { Subject = Pick(book.Flushes, Back % 3, book.Spends) },
        SubjectCommand subject => subject with { Subject = Pick(book.Spends, Back % 6, book.Flushes) },
        _ => Command,
    };

    /// <summary>One of the latest operations. Sometimes it is one of another kind, or the entry after the operation.</summary>
    private Sequence Pick(IReadOnlyList<Sequence> operations, int back, IReadOnlyList<Sequence> others) =>
        back < operations.Count ? operations[^(back + 1)]
        : others.Count > 0 ? others[^1].Plus(Back % 2)
        : Sequence.Zero;
}

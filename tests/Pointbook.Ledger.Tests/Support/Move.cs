using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Some time passes, and then somebody asks for something.</summary>
/// <param name="Command">What is asked. What an earlier operation is asked about has to be found out in the book.</param>
/// <param name="Wait">How much time passes before.</param>
/// <param name="Back">How many operations back the command's subject is, beginning with the latest one.</param>
internal sealed record Move(Command Command, TimeSpan Wait, int Back)
{
    /// <summary>A command that is asked at once.</summary>
    public static Move Now(Command command) => new(command, TimeSpan.Zero, 0);

    /// <summary>The command as it is asked in a book.</summary>
    public Command In(Book book) => Command switch
    {
        // A book is short, so now and then there is nothing that far back, and the command is about something else or about nothing.
        RestoreFlush restore => restore with { Subject = Pick(book.Flushes, Back % 3, book.Spends) },
        SubjectCommand subject => subject with { Subject = Pick(book.Spends, Back % 6, book.Flushes) },
        _ => Command,
    };

    /// <summary>One of the latest operations; now and then one of another kind, or the entry behind.</summary>
    private Sequence Pick(IReadOnlyList<Sequence> operations, int back, IReadOnlyList<Sequence> others) =>
        back < operations.Count ? operations[^(back + 1)]
        : others.Count > 0 ? others[^1].Plus(Back % 2)
        : Sequence.Zero;
}

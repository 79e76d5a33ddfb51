using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Every entry of a client's operation names its actor. Entries that Pointbook records on its own name no actor.</summary>
public sealed class ActorTests
{
    private readonly TestAccount _account = new();

    [Fact]
    public void Every_entry_of_an_operation_names_its_actor_and_only_the_first_has_the_other_texts()
    {
        _account.Do(By("erp", Add(Dannon, 10, Day(1))));
        _account.Do(By("erp", Add(Unilever, 10, Day(2))));
        _account.Do(By("erp", Add(Dannon, -3, Day(2))));
        IReadOnlyList<Entry> spend = _account.Do(By("till", Spend(12)));
        AssertBy("till", spend, 4);
        AssertBy("clerk", _account.Do(By("clerk", Reverse(spend[0].Sequence))), 3);
        IReadOnlyList<Entry> flush = _account.Do(By("boss", Flush()));
        AssertBy("boss", flush, 2);
        AssertBy("jwt:boss", _account.Do(By("jwt:boss", Restore(flush[0].Sequence))), 2);
    }

    [Fact]
    public void Without_an_actor_later_entries_have_no_origin()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        IReadOnlyList<Entry> entries = _account.Do(Spend(5) with { Origin = new Origin { Reference = "order-1" } });
        Assert.Equal(["order-1", null], entries.Select(entry => entry.Origin?.Reference));
        Assert.Null(entries[1].Origin);
    }

    private static Command By(string actor, Command command) => command with { Origin = new Origin { Actor = actor, Reference = "r" } };

    private static void AssertBy(string actor, IReadOnlyList<Entry> entries, int count)
    {
        Assert.Equal(count, entries.Count);
        Assert.All(entries, entry => Assert.Equal(actor, entry.Origin?.Actor));
        Assert.Equal(new Origin { Actor = actor, Reference = "r" }, entries[0].Origin);
        Assert.All(entries.Skip(1), entry => Assert.Equal(new Origin { Actor = actor }, entry.Origin));
    }
}

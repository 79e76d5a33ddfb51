using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using static Pointbook.StorageContract.Support.TestSalts;

namespace Pointbook.Engine.Tests.Journal;

/// <summary>Which names a partition knows without reading the journal.</summary>
public sealed class JournalNamesTests
{
    private readonly JournalNames _names = new();

    [Fact]
    public void A_name_that_was_read_is_known_and_any_other_must_be_read_once()
    {
        Keep(7, "a");
        NameScope scope = new();
        Assert.Equal([new Sequence(9)], _names.Resolve([new Sequence(7), new Sequence(9), new Sequence(9)], scope));
        Assert.Equal("a", scope.FindAccount(new Sequence(7))?.Value);
        Assert.Empty(scope.New);
    }

    [Fact]
    public void Unused_names_are_evicted_and_used_names_stay()
    {
        Keep(1, "used");
        Keep(2, "unused");
        for (int number = 0; number < 3 * JournalNames.GenerationMax; number++)
        {
            Keep(10 + number, "x");
            if (number % (JournalNames.GenerationMax / 4) == 0)
            {
                Assert.True(Knows(1));
            }
        }

        Assert.True(Knows(1));
        Assert.False(Knows(2));
    }

    [Fact]
    public void A_journal_that_ends_before_a_known_name_has_lost_commits_so_all_names_are_forgotten()
    {
        Keep(3, "a");
        Keep(7, "b");
        _names.EndAt(new Sequence(7), _names.Last);
        Assert.True(Knows(3) && Knows(7));
        _names.EndAt(new Sequence(6), before: new Sequence(6));
        Assert.True(Knows(3) && Knows(7));
        _names.EndAt(new Sequence(6), _names.Last);
        Assert.False(Knows(3) || Knows(7));
    }

    [Fact]
    public void Another_name_at_the_same_sequence_means_another_journal()
    {
        Keep(3, "a");
        Keep(7, "b");
        Keep(7, "c");
        Assert.False(Knows(3));
        NameScope scope = new();
        Assert.Empty(_names.Resolve([new Sequence(7)], scope));
        Assert.Equal("c", scope.FindAccount(new Sequence(7))?.Value);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("till", false)]
    public void From_an_own_commit_only_entries_that_introduce_an_account_are_kept(string? actor, bool isKnown)
    {
        Entry entry = new()
        {
            Sequence = new Sequence(1),
            Kind = EntryKind.Flush,
            Account = Given.Carol,
            Operation = new Sequence(1),
            Origin = actor is null ? null : new Origin { Actor = actor },
        };
        _names.KeepOwn(new CommitSealer(Create()).Seal(JournalHead.Empty, 0, Guid.Empty, new CommitTime(Given.Day(1), Given.Day(1)), [entry]));
        Assert.Equal(isKnown, Knows(1));
    }

    private void Keep(long entry, string account)
    {
        NameScope scope = new();
        scope.Add(new Sequence(entry), new Introduction(AccountId.FromTrusted(account), null));
        _names.Keep(scope);
    }

    private bool Knows(long entry) => _names.Resolve([new Sequence(entry)], new NameScope()).Count == 0;
}

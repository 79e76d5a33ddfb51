using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using static Pointbook.StorageContract.Support.ForgedCommits;

namespace Pointbook.Engine.Tests.Journal;

public sealed class VerificationTests
{
    [Theory]
    [InlineData("altered", "does not match its seal")]
    [InlineData("left out", "where entry")]
    [InlineData("not following", "does not follow")]
    [InlineData("not later", "not recorded later")]
    public async Task Verification_reports_a_commit_that_is(string fault, string sentence)
    {
        (JournalHead head, Commit good) = await SecondCommitAsync();
        JournalVerification.Check(good, head);
        (JournalHead head2, Commit bad) = fault switch
        {
            "altered" => (head, good.WithEntries([good.Entries[0] with { Points = new Points(999) }])),
            "left out" => (head with { Last = head.Last.Next }, good),
            "not following" => (head with { Seal = default }, good),
            _ => (head with { Time = good.Time }, good),
        };
        JournalException exception = Assert.Throws<JournalDamagedException>(() => JournalVerification.Check(bad, head2));
        Assert.Contains(sentence, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partition_does_not_start_with_an_altered_journal()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        Entry altered = node.Store.Commits[0].Entries[0] with { Points = new Points(100_000), LotPoints = new Points(100_000) };
        StorageContract.Memory.MemoryJournal forged = new(TimeProvider.System);
        Assert.Equal(AppendResult.Appended, await forged.AppendAsync(node.Store.Commits[0].WithEntries([altered]), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<JournalDamagedException>(() => Node.StartAsync(forged));
    }

    private static async Task<(JournalHead Head, Commit Commit)> SecondCommitAsync()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        (await node.DoAsync(Given.Add(1))).Accepted();
        return (node.Store.Commits[0].ToHead(), node.Store.Commits[1]);
    }
}

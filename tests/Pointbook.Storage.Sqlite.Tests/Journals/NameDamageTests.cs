using System.Text;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>
/// Entries need names that earlier commits introduced. If a reader cannot get them, it learns which commit is damaged, or
/// which entry is missing.
/// </summary>
/// <remarks>Entry 1 opened one account and introduced an actor, and entry 2 opened the other account.</remarks>
public sealed class NameDamageTests : TamperedJournal
{
    [Theory]
    [InlineData("texts = zeroblob(length(texts))")]
    [InlineData("texts = zeroblob(0)")]
    [InlineData("texts = CAST(texts || x'00' AS BLOB)")]
    [InlineData("body = zeroblob(0)")]
    [InlineData("body = zeroblob(length(body))")]
    [InlineData("body = substr(body, 1, length(body) - 1)")]
    [InlineData("body = zeroblob(100000), texts = zeroblob(100000)")]
    [InlineData("format = 3")]
    [InlineData("decided_at = 9223372036854775807")]
    [InlineData("previous_seal = zeroblob(31)")]
    public async Task A_damaged_commit_that_introduced_names_is_named(string change)
    {
        Sql.Run(Host.Files.Journal, $"UPDATE journal_commit SET {change} WHERE last_sequence = 3");
        await AssertLaterReadersFailAsync((damage, _) => AssertCommit(damage, 0, "differs from what was committed as entries 1 to 3"));
    }

    [Theory]
    [InlineData("default")]
    [InlineData("till 3")]
    public async Task An_altered_name_is_damage_to_the_commit_that_introduced_it(string name)
    {
        ChangeText(name);
        await AssertLaterReadersFailAsync((damage, _) => AssertCommit(damage, 0, "a text does not match its digest"));
    }

    [Theory]
    [InlineData("key ~1")]
    [InlineData("order 4711")]
    [InlineData("a reason")]
    public async Task An_altered_text_next_to_the_names_does_not_affect_later_commits(string text)
    {
        ChangeText(text);
        await Host.OpenAsync();
        Assert.Equal(Chain.Commits[1].Entries, await ReadAsync(4, 6));
        await Host.OpenAsync();
        StoreAssert.Equal(Chain.Commits[1..], await StoreAssert.ReadAllAsync(Host.Journal, new Sequence(3)));
    }

    [Fact]
    public async Task An_entry_can_be_read_without_names_that_only_its_neighbours_need()
    {
        ChangeText("default");
        await Host.OpenAsync();
        Assert.Equal(Chain.Commits[1].Entries.Skip(1).Take(1), await ReadAsync(5, 5));
        await Assert.ThrowsAsync<JournalDamagedException>(async () => await ReadAsync(4, 4));
    }

    [Fact]
    public async Task A_commit_that_introduced_names_is_read_only_once_for_them()
    {
        await Host.OpenAsync();
        Assert.Equal(Chain.Commits[1].Entries, await ReadAsync(4, 6));
        Sql.Run(Host.Files.Journal, "DELETE FROM journal_commit WHERE last_sequence = 3");
        Assert.Equal(Chain.Commits[2].Entries, await ReadAsync(7, 9));
        StoreAssert.Equal(Chain.Commits[1..], await StoreAssert.ReadAllAsync(Host.Journal, new Sequence(3)));
    }

    [Theory]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 3")]
    [InlineData("UPDATE journal_commit SET last_sequence = 100 WHERE last_sequence = 3")]
    [InlineData("UPDATE journal_commit SET first_sequence = 2 WHERE last_sequence = 3")]
    public async Task A_missing_entry_that_introduced_names_is_named(string change)
    {
        Sql.Run(Host.Files.Journal, change);
        await AssertLaterReadersFailAsync(
            (damage, commit) => AssertCommit(damage, commit, "it needs a name that entry 1 introduced, but this entry is missing"));
    }

    [Fact]
    public async Task An_entry_that_opened_no_account_is_named()
    {
        using Sql sql = new(Host.Files.Journal);
        sql.ForgeEntry(new Sequence(6), entry => entry with { Opening = new Sequence(3) });
        await Host.OpenAsync();
        await AssertSecondCommitAsync("entry 3 opened no account");
    }

    [Fact]
    public async Task The_altered_commit_that_introduced_an_actor_is_named()
    {
        const string Message = "it does not match its seal";
        using Sql sql = new(Host.Files.Journal);
        sql.ForgeEntry(new Sequence(1), entry => entry with { Origin = entry.Origin! with { Actor = null } });
        foreach (int commit in new[] { 1, 2 })
        {
            Sequence before = Chain.Commits[commit - 1].Last;
            await Host.OpenAsync();
            AssertCommit(await AssertDamagedAsync(async () => await ReadAsync(before.Value + 1, before.Value + 1)), 0, Message);
            await Host.OpenAsync();
            AssertCommit(await AssertDamagedAsync(async () => await StoreAssert.ReadAllAsync(Host.Journal, before)), 0, Message);
        }
    }

    private ValueTask<IReadOnlyList<Entry>> ReadAsync(long first, long last) =>
        Host.Journal.ReadEntriesAsync([new EntryRange(new Sequence(first), new Sequence(last))], CancellationToken.None);

    /// <summary>Changes the last byte of a text of the first commit.</summary>
    private void ChangeText(string text)
    {
        using Sql sql = new(Host.Files.Journal);
        byte[] texts = sql.ReadBytes(new Sequence(3)).Texts.ToArray();
        int place = texts.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        Assert.NotEqual(-1, place);
        texts[place + text.Length - 1] ^= 1;
        sql.SetCommit(new Sequence(3), "texts", texts);
    }

    /// <summary>Readers that know no names and read the second or third commit get damage reports.</summary>
    /// <param name="assert">Checks the damage. It also gets the index of the commit that is read.</param>
    private async Task AssertLaterReadersFailAsync(Action<JournalDamagedException, int> assert)
    {
        for (int entry = 4; entry <= 9; entry++)
        {
            int commit = (entry - 1) / 3;
            if (entry % 3 == 1)
            {
                // Only the first entry of a commit needs everything that entry 1 introduced.
                await AssertFailsAsync(async () => await ReadAsync(entry, entry));
            }

            if (entry <= 7)
            {
                await AssertFailsAsync(async () => await ReadAsync(entry, 9));
            }

            await AssertFailsAsync(async () => await StoreAssert.ReadAllAsync(Host.Journal, new Sequence(entry - 1)));

            async Task AssertFailsAsync(Func<Task> read)
            {
                await Host.OpenAsync();
                assert(await AssertDamagedAsync(read), commit);
            }
        }
    }
}

using Pointbook.Engine.Journal;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>The seals reveal a change of any column of any row of the journal.</summary>
public sealed class TamperingTests : TamperedJournal
{
    public static TheoryData<string, string> CommitChanges => new()
    {
        { "last_sequence", "last_sequence + 1" },
        { "last_sequence", "last_sequence - 1" },
        { "last_sequence", "-last_sequence" },
        { "last_sequence", "9223372036854775807" },
        { "first_sequence", "first_sequence + 1" },
        { "first_sequence", "first_sequence - 1" },
        { "first_sequence", "-9223372036854775808" },
        { "commit_id", "zeroblob(16)" },
        { "commit_id", "zeroblob(15)" },
        { "format", "format + 1" },
        { "format", "format - 1" },
        { "format", "format + 4294967296" },
        { "decided_at", "decided_at - 1" },
        { "decided_at", "recorded_at + 1" },
        { "decided_at", "-9223372036854775807" },
        { "recorded_at", "recorded_at + 1" },
        { "recorded_at", "recorded_at - 1" },
        { "recorded_at", "9223372036854775807" },
        { "previous_seal", "IIF(previous_seal = zeroblob(32), seal, zeroblob(32))" },
        { "previous_seal", "zeroblob(33)" },
        { "seal", "zeroblob(32)" },
        { "seal", "zeroblob(0)" },
        { "body", "zeroblob(0)" },
        { "body", "zeroblob(length(body))" },
        { "body", "substr(body, 1, length(body) - 1)" },
        { "body", "substr(body, 2)" },
        { "body", "CAST(body || x'00' AS BLOB)" },
        { "body", "CAST(x'00' || body AS BLOB)" },
        { "body", "CAST('a text' AS BLOB)" },
        { "body", "zeroblob(100000)" },
        { "texts", "zeroblob(0)" },
        { "texts", "zeroblob(length(texts))" },
        { "texts", "substr(texts, 1, length(texts) - 1)" },
        { "texts", "substr(texts, 2)" },
        { "texts", "CAST(texts || x'00' AS BLOB)" },
        { "texts", "CAST(x'00' || texts AS BLOB)" },
        { "texts", "CAST(texts || texts AS BLOB)" },
        { "texts", "CAST('a text' AS BLOB)" },
        { "texts", "body" },
        { "texts", "zeroblob(100000)" },
        { "texts", "CAST(texts || zeroblob(100000) AS BLOB)" },
    };

    [Theory]
    [MemberData(nameof(CommitChanges))]
    public async Task An_altered_commit_is_detected(string column, string value)
    {
        foreach (Commit commit in Chain.Commits)
        {
            await AssertFoundAsync($"UPDATE journal_commit SET {column} = {value} WHERE last_sequence = {commit.Last}");
        }
    }

    [Theory]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 3")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 6")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence <= 6")]
    [InlineData("UPDATE journal_commit SET last_sequence = 100 WHERE last_sequence = 6; UPDATE journal_commit SET last_sequence = 6 WHERE last_sequence = 9; UPDATE journal_commit SET last_sequence = 9 WHERE last_sequence = 100")]
    [InlineData("UPDATE journal_commit SET body = (SELECT other.body FROM journal_commit AS other WHERE other.last_sequence = 3) WHERE last_sequence = 6")]
    [InlineData("UPDATE journal_commit SET texts = (SELECT other.texts FROM journal_commit AS other WHERE other.last_sequence = 3) WHERE last_sequence = 6")]
    [InlineData("UPDATE journal_commit SET texts = (SELECT other.texts FROM journal_commit AS other WHERE other.last_sequence = 9) WHERE last_sequence = 6")]
    [InlineData("UPDATE journal_commit SET (body, texts) = (SELECT other.body, other.texts FROM journal_commit AS other WHERE other.last_sequence = 9) WHERE last_sequence = 6")]
    public async Task A_removed_or_moved_row_is_detected(string sql) => await AssertFoundAsync(sql);

    [Theory]
    [InlineData(12)]
    [InlineData(4)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task An_added_row_is_detected(int last) => await AssertFoundAsync(
        $"""
        INSERT INTO journal_commit
        SELECT {last}, {last} - 2, commit_id, format, decided_at, recorded_at, previous_seal, seal, body, texts FROM journal_commit WHERE last_sequence = 9
        """);

    [Theory]
    [InlineData("zeroblob(0)")]
    [InlineData("substr(body, 1, length(body) - 1)")]
    [InlineData("CAST(body || x'00' AS BLOB)")]
    public async Task A_commit_without_its_entries_is_named(string body)
    {
        Sql.Run(Host.Files.Journal, $"UPDATE journal_commit SET body = {body} WHERE last_sequence = 6");
        await AssertSecondCommitAsync("differs from what was committed as entries 4 to 6");
    }

    [Theory]
    [InlineData("zeroblob(0)", "104 is more than 0")]
    [InlineData("substr(texts, 1, length(texts) - 1)", "104 is more than 103")]
    [InlineData("CAST(texts || x'00' AS BLOB)", "its texts end at byte 104, and there are 105")]
    [InlineData("CAST(texts || zeroblob(100000) AS BLOB)", "its texts end at byte 104, and there are 100104")]
    [InlineData("(SELECT other.texts FROM journal_commit AS other WHERE other.last_sequence = 3)", "its texts end at byte 104, and there are 166")]
    [InlineData("(SELECT other.texts FROM journal_commit AS other WHERE other.last_sequence = 9)", "a text does not match its digest")]
    public async Task A_commit_without_its_texts_is_named(string texts, string message)
    {
        Sql.Run(Host.Files.Journal, $"UPDATE journal_commit SET texts = {texts} WHERE last_sequence = 6");
        await AssertSecondCommitAsync(message);
    }

    [Theory]
    [InlineData("body ")]
    [InlineData("texts")]
    public async Task A_commit_without_a_body_or_texts_is_named(string column)
    {
        using (Sql sql = new(Host.Files.Journal))
        {
            sql.Run("PRAGMA writable_schema = ON");
            sql.Run($"UPDATE sqlite_schema SET sql = replace(sql, '{column}          BLOB    NOT NULL', '{column}          BLOB') WHERE name = 'journal_commit'");
        }

        Sql.Run(Host.Files.Journal, $"UPDATE journal_commit SET {column} = NULL WHERE last_sequence = 6");
        await AssertSecondCommitAsync("column body or texts is empty");
    }

    [Fact]
    public async Task An_unknown_format_is_reported()
    {
        Sql.Run(Host.Files.Journal, "UPDATE journal_commit SET format = 3 WHERE last_sequence = 6");
        await AssertSecondCommitAsync("format 3, which this version does not support");
        AssertSecondCommit(await AssertDamagedAsync(async () => await JournalVerification.VerifyAsync(Host.Journal, CancellationToken.None)), "format 3");
    }

    [Fact]
    public async Task A_damaged_row_of_a_commit_names_it()
    {
        Sql.Run(Host.Files.Journal, "UPDATE journal_commit SET decided_at = 9223372036854775807 WHERE last_sequence = 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await StoreAssert.ReadAllAsync(Host.Journal)), "decided_at");
        Sql.Run(Host.Files.Journal, "DELETE FROM journal_commit WHERE last_sequence > 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await Host.Journal.ReadHeadAsync(CancellationToken.None)), "decided_at");
    }
}

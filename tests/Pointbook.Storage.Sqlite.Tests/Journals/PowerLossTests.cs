using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>Whatever part of the write-ahead log remains after a loss of power, the journal is a prefix of the appended commits.</summary>
public sealed class PowerLossTests : IAsyncLifetime
{
    // https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    private const int HeaderBytes = 32;
    private const int FrameBytes = 24 + 4096;

    private readonly SqliteHost _host = new();
    private readonly TempDirectory _copy = new();
    private CommitChain _chain = null!;
    private byte[] _file = [];
    private byte[] _log = [];

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        for (int number = 1; number <= 10; number++)
        {
            // The body of one commit is longer than a page, so that the test can cut this commit in the middle.
            int entries = number == 5 ? 3_000 : number;
            await _host.Journal.AppendAsync(_chain.AddCredits(Enumerable.Repeat(1L, entries)), CancellationToken.None);
        }

        // While the store is open, the log contains everything since the migration.
        _file = ReadShared(_host.Files.Journal);
        _log = ReadShared(_host.Files.Journal + "-wal");
        Assert.Equal(0, (_log.Length - HeaderBytes) % FrameBytes);
        Assert.True((_log.Length - HeaderBytes) / FrameBytes > _chain.Commits.Count + 3);
    }

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task A_log_truncated_between_two_frames_leaves_whole_commits_and_a_usable_journal()
    {
        int before = -1;
        for (int length = HeaderBytes; length <= _log.Length; length += FrameBytes)
        {
            int commits = await OpenTruncatedAsync(_log.AsSpan(0, length).ToArray());
            Assert.InRange(commits, before, _chain.Commits.Count);
            before = commits;
        }

        Assert.Equal(_chain.Commits.Count, before);
    }

    [Fact]
    public void A_log_truncated_at_any_byte_leaves_whole_commits()
    {
        int before = -1;
        for (int length = 0; length <= _log.Length; length += length % FrameBytes < 60 ? 19 : 1_013)
        {
            int commits = CountCommits(_log.AsSpan(0, length).ToArray());
            Assert.InRange(commits, before, _chain.Commits.Count);
            before = commits;
        }

        Assert.Equal(_chain.Commits.Count, CountCommits(_log));
        Assert.True(CountCommits(_log.AsSpan(0, _log.Length - 1).ToArray()) < _chain.Commits.Count);
    }

    [Fact]
    public void A_log_with_a_damaged_byte_leaves_whole_commits()
    {
        Random random = new(77);
        HashSet<int> prefixes = [];
        for (int times = 0; times < 60; times++)
        {
            byte[] log = [.. _log];
            log[random.Next(HeaderBytes, log.Length)] ^= 0x10;
            prefixes.Add(CountCommits(log));
        }

        Assert.DoesNotContain(_chain.Commits.Count, prefixes);
        Assert.True(prefixes.Count > 3);
    }

    private static byte[] ReadShared(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private void WriteTruncatedLog(byte[] log)
    {
        File.Delete(_copy.Journal + "-shm");
        File.WriteAllBytes(_copy.Journal, _file);
        File.WriteAllBytes(_copy.Journal + "-wal", log);
    }

    /// <summary>Reads the journal that a cut log leaves.</summary>
    /// <returns>How many commits the journal has.</returns>
    private int CountCommits(byte[] log)
    {
        WriteTruncatedLog(log);
        using JournalReader reader = new(_copy.Journal, new JournalNames(), TimeSpan.Zero);
        List<Commit> commits = [.. reader.FindCommits(Sequence.Zero, int.MaxValue).Select(reader.ReadCommit)];
        StoreAssert.Equal(_chain.Commits[..commits.Count], commits);
        JournalHead head = commits.Count == 0 ? JournalHead.Empty : commits[^1].ToHead();
        Assert.Equal(head, reader.ReadHead());
        EntryCollector entries = new();
        reader.ReadEntries(new EntryRange(new Sequence(1), _chain.Head.Last), entries);
        Assert.Equal(commits.SelectMany(commit => commit.Entries), entries.Entries);
        return commits.Count;
    }

    /// <summary>Opens the journal that a cut log leaves, verifies it, and appends the next commit.</summary>
    /// <returns>How many commits the journal had.</returns>
    private async Task<int> OpenTruncatedAsync(byte[] log)
    {
        WriteTruncatedLog(log);
        FakeTimeProvider clock = _host.Clock;
        await using SqliteJournal journal = SqliteJournal.Open(_copy.Journal, _host.Options, clock);
        JournalHead head = await JournalVerification.VerifyAsync(journal, CancellationToken.None);
        Assert.Equal(head, await journal.ReadHeadAsync(CancellationToken.None));
        List<Commit> commits = await StoreAssert.ReadAllAsync(journal);
        StoreAssert.Equal(_chain.Commits[..commits.Count], commits);

        Commit next = _chain.Seal(head, [Given.Credit(head.Last.Next)]);
        Assert.Equal(AppendResult.Appended, await journal.AppendAsync(next, CancellationToken.None));
        Assert.Equal(next.ToHead(), await JournalVerification.VerifyAsync(journal, CancellationToken.None));
        return commits.Count;
    }
}

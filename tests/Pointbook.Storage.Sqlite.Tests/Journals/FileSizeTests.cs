using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>How large the journal's file grows.</summary>
public sealed class FileSizeTests : IAsyncLifetime
{
    private const int SpendsPerCommit = 64;
    private const int Commits = 200;
    private const int Accounts = 100_000;

    private readonly SqliteHost _host = new();

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_spend_from_two_lots_takes_at_most_75_bytes_of_the_file()
    {
        CommitChain chain = new(_host.Clock);
        Random random = new(20201102);
        Commit opening = chain.Add([.. Enumerable.Range(0, Accounts).Select(number => Given.Credit(new Sequence(number + 1), account: Account(number)))]);
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(opening, CancellationToken.None));
        long before = Size();
        for (int number = 0; number < Commits; number++)
        {
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(chain.Add(Spends(chain.Next, random)), CancellationToken.None));
        }

        double bytes = (Size() - before) / (double)(Commits * SpendsPerCommit);
        Assert.InRange(bytes, 30, 75);
    }

    private static string Account(int number) => $"customer-{number:000000}@shop";

    /// <summary>Makes spends of accounts that were opened before. Their lots are from the past year and from any place in the journal.</summary>
    private static Entry[] Spends(Sequence first, Random random)
    {
        List<Entry> entries = [];
        for (int spend = 0; spend < SpendsPerCommit; spend++)
        {
            Entry header = Given.EntryWithoutTexts(first.Plus(entries.Count), EntryKind.Spend) with { Account = Given.Account(Account(random.Next(Accounts))) };
            entries.Add(header);
            for (int draw = 0; draw < 2; draw++)
            {
                entries.Add(Given.Credit(first.Plus(entries.Count), -random.Next(1, 20_000), header.Account.Value, draw == 0 ? "DANNON" : "MILLER COORS") with
                {
                    Kind = EntryKind.Draw,
                    OccurredAt = Given.Time.PlusClamped(TimeSpan.FromMicroseconds(random.NextInt64(365L * 86_400 * 1_000_000))),
                    Lot = new Sequence(random.NextInt64(1, Accounts)),
                    Operation = header.Sequence,
                });
            }
        }

        return [.. entries];
    }

    private long Size()
    {
        using Sql sql = new(_host.Files.Journal);
        return sql.Scalar<long>("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
    }
}

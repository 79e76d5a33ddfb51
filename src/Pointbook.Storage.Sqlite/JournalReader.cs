using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the journal over a separate connection. Not thread-safe.</summary>
internal sealed partial class JournalReader : ReadConnection
{
    private const string HeaderColumns = "last_sequence, first_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal";
    private const int BodyColumn = 8;
    private const int TextsColumn = 9;
    private const int BodyLengthColumn = 10;
    private const int TextsLengthColumn = 11;

    /// <summary>Reads the commit that contains an entry, or the next one.</summary>
    internal const string CommitOfSql = $"SELECT {HeaderColumns}, body, texts FROM journal_commit WHERE last_sequence >= ?1 ORDER BY last_sequence LIMIT 1";

    // Longer bodies and texts are read in parts. Shorter ones come with their row, which is cheaper than opening a blob.
    internal const int LengthAtOnceMax = 32 * 1024;

    private readonly JournalNames _names;
    private readonly Statement _head;
    private readonly Statement _lasts;
    private readonly Statement _commit;
    private readonly Statement _headerOf;
    private readonly Statement _seal;
    private readonly Statement _partsOf;

    public JournalReader(string path, JournalNames names, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _names = names;
        _head = new Statement(Connection, $"SELECT {HeaderColumns} FROM journal_commit ORDER BY last_sequence DESC LIMIT 1");
        _lasts = new Statement(Connection, "SELECT last_sequence FROM journal_commit WHERE last_sequence > ?1 ORDER BY last_sequence LIMIT ?2");
        _commit = new Statement(Connection, $"SELECT {HeaderColumns}, body, texts FROM journal_commit WHERE last_sequence = ?1");
        _headerOf = new Statement(Connection, $"SELECT {HeaderColumns} FROM journal_commit WHERE last_sequence >= ?1 ORDER BY last_sequence LIMIT 1");
        _seal = new Statement(Connection, $"SELECT {HeaderColumns} FROM journal_commit WHERE last_sequence = ?1");
        _partsOf = new Statement(
            Connection,
            $"""
            SELECT {HeaderColumns}, CASE WHEN length(body) <= {LengthAtOnceMax} THEN body END,
                CASE WHEN length(texts) <= {LengthAtOnceMax} THEN texts END, length(body), length(texts)
            FROM journal_commit
            WHERE last_sequence >= ?1
            ORDER BY last_sequence
            LIMIT 1
            """);
    }

    public JournalHead ReadHead()
    {
        if (!_head.Step())
        {
            return JournalHead.Empty;
        }

        JournalHead head = OfCommit(_head, static row => new JournalHead(new Sequence(row.Int64(0)), row.DigestAt(7), ToTime(row)));
        _head.Reset();
        return head;
    }

    /// <summary>Finds the next few commits.</summary>
    /// <returns>The sequences of their last entries.</returns>
    public List<Sequence> FindCommits(Sequence after, int countMax)
    {
        List<Sequence> commits = [];
        // A row with a sequence below 1 is damage, and a reader of the whole journal must find it.
        _lasts.Bind(1, after == Sequence.Zero ? long.MinValue : after.Value).Bind(2, countMax);
        while (_lasts.Step())
        {
            commits.Add(new Sequence(_lasts.Int64(0)));
        }

        return commits;
    }

    /// <summary>Reads the commit that ends with an entry.</summary>
    /// <exception cref="JournalDamagedException">The commit is damaged, or no longer there.</exception>
    public Commit ReadCommit(Sequence last)
    {
        (CommitHeader header, CommitBytes bytes) = ReadStored(last);
        return OfCommit(header, () =>
        {
            CommitBody.CheckFormat(header.Format);
            NameScope names = Resolve(CommitBody.FindReferences(bytes, header.First, header.Last));
            Commit commit = Commit.FromStored(header, bytes, names);
            if (CommitSeal.Matches(header, bytes))
            {
                _names.Keep(names);
                _names.ForgetErased(commit);
            }

            return commit;
        });
    }

    private (CommitHeader Header, CommitBytes Bytes) ReadStored(Sequence last)
    {
        if (!_commit.Bind(1, last.Value).Step())
        {
            throw Damaged(new InvalidRowException("the commit is missing"), last, last, null);
        }

        (CommitHeader header, CommitBytes bytes) = OfCommit(_commit, static row => (ToHeader(row), ReadBytes(row)));
        _commit.Reset();
        return (header, bytes);
    }

    public Digest? ReadSeal(Sequence last)
    {
        if (!_seal.Bind(1, last.Value).Step())
        {
            return last == Sequence.Zero ? default(Digest) : null;
        }

        Digest seal = OfCommit(_seal, static row => row.DigestAt(7));
        _seal.Reset();
        return seal;
    }

    public Guid? ReadCommitId(Sequence entry)
    {
        if (entry == Sequence.Zero || !_headerOf.Bind(1, entry.Value).Step())
        {
            return null;
        }

        Guid id = OfCommit(_headerOf, static row => row.GuidAt(2));
        _headerOf.Reset();
        return id;
    }

    protected override void DisposeStatements()
    {
        foreach (Statement statement in new[] { _head, _lasts, _commit, _headerOf, _seal, _partsOf })
        {
            statement.Dispose();
        }
    }

    /// <summary>Reads a row of a commit. Reports an invalid value as damage of this commit.</summary>
    internal static T OfCommit<T>(Statement row, Func<Statement, T> read)
    {
        try
        {
            return read(row);
        }
        catch (InvalidRowException fault)
        {
            Guid? commit = row.Bytes(2).Length == Statement.GuidLength ? row.GuidAt(2) : null;
            throw Damaged(fault, new Sequence(row.Int64(1)), new Sequence(row.Int64(0)), commit);
        }
    }

    internal static JournalDamagedException Damaged(InvalidRowException fault, Sequence first, Sequence last, Guid? commit) =>
        new(0, $"The journal differs from what was committed as entries {first} to {last}: {fault.Message}.", fault)
        {
            First = first,
            Last = last,
            Commit = commit,
        };

    /// <summary>Reads a part of a commit whose header is already known. Reports an invalid value as damage of this commit.</summary>
    private static T OfCommit<T>(CommitHeader header, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidRowException fault)
        {
            throw Damaged(fault, header.First, header.Last, header.Id);
        }
    }

    internal static CommitBytes ReadBytes(Statement row) => row.IsNull(BodyColumn) || row.IsNull(TextsColumn)
        ? throw NoBody()
        : new CommitBytes(row.Bytes(BodyColumn).ToArray(), row.Bytes(TextsColumn).ToArray());

    private static InvalidRowException NoBody() => new("column body or texts is empty");

    internal static CommitHeader ToHeader(Statement row) => new(
        row.GuidAt(2), 0, row.Int32At(3), new Sequence(row.Int64(1)), new Sequence(row.Int64(0)), ToTime(row), row.DigestAt(6), row.DigestAt(7));

    private static CommitTime ToTime(Statement row) => new(row.InstantAt(4), row.InstantAt(5));
}

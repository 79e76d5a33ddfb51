using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using SQLitePCL;

namespace Pointbook.Storage.Sqlite;

/// <summary>A prepared statement that runs repeatedly without allocating. Not thread-safe.</summary>
/// <remarks>SqliteCommand boxes every parameter of every execution. A round of the account store runs statements for each account, lot and operation.</remarks>
internal sealed class Statement : IDisposable
{
    /// <summary>The length in bytes of an identifier.</summary>
    public const int GuidLength = 16;

    private const int StackBytesMax = 512;
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    // The last bound value of each parameter. SQLite keeps bindings between runs, so an unchanged value is not bound again:
    // among rows of one account that is mostly the account and all nulls.
    private readonly Bound[] _bound;

    public Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _bound = new Bound[raw.sqlite3_bind_parameter_count(_statement) + 1];
    }

    public Statement Bind(int index, long value)
    {
        ref Bound bound = ref LastBound(index);
        if (bound.Kind != BoundKind.Number || bound.Number != value)
        {
            bound = Bound.Unknown;
            Check(raw.sqlite3_bind_int64(_statement, index, value));
            bound = new Bound(BoundKind.Number, value, null);
        }

        return this;
    }

    public Statement Bind(int index, long? value) => value is null ? BindNull(index) : Bind(index, value.Value);

    public Statement Bind(int index, string? value)
    {
        if (value is null)
        {
            return BindNull(index);
        }

        ref Bound bound = ref LastBound(index);
        if (!ReferenceEquals(bound.Text, value))
        {
            int bytesMax = Encoding.UTF8.GetMaxByteCount(value.Length);
            Span<byte> bytes = bytesMax <= StackBytesMax ? stackalloc byte[StackBytesMax] : new byte[bytesMax];
            bound = Bound.Unknown;
            Check(raw.sqlite3_bind_text(_statement, index, bytes[..Encoding.UTF8.GetBytes(value, bytes)]));
            bound = new Bound(BoundKind.Text, 0, value);
        }

        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        LastBound(index) = Bound.Unknown;
        // An empty span has no address, and a blob without one is null.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, value));
        return this;
    }

    /// <summary>Binds bytes, or null if they are empty.</summary>
    public Statement BindOptional(int index, ReadOnlySpan<byte> value) => value.IsEmpty ? BindNull(index) : Bind(index, value);

    public Statement Bind(int index, Digest? value)
    {
        if (value is null)
        {
            return BindNull(index);
        }

        Span<byte> bytes = stackalloc byte[Digest.Length];
        value.Value.CopyTo(bytes);
        return Bind(index, bytes);
    }

    private Statement BindNull(int index)
    {
        ref Bound bound = ref LastBound(index);
        if (bound.Kind != BoundKind.Null)
        {
            bound = Bound.Unknown;
            Check(raw.sqlite3_bind_null(_statement, index));
            bound = default;
        }

        return this;
    }

    private ref Bound LastBound(int index)
    {
        Debug.Assert(raw.sqlite3_stmt_busy(_statement) == 0, "A statement is bound between two runs.");
        return ref _bound[index];
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False if there are no more rows. The statement can then be bound and run again.</returns>
    /// <exception cref="SqliteException">The database reported an error.</exception>
    public bool Step()
    {
        int code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        // The step reports the failure. Reset would only repeat it.
        int resetCode = raw.sqlite3_reset(_statement);
        Check(code == raw.SQLITE_DONE ? resetCode : code);
        return false;
    }

    /// <summary>Runs a statement without rows, or ignores its rows.</summary>
    public void Run()
    {
        if (Step())
        {
            Reset();
        }
    }

    /// <summary>Runs a statement that changes rows.</summary>
    /// <returns>How many rows it changed.</returns>
    public int RunAndCount()
    {
        Run();
        return raw.sqlite3_changes(_database);
    }

    /// <summary>Resets a statement that may have stopped before its end, and ignores its result.</summary>
    public void Abandon() => _ = raw.sqlite3_reset(_statement);

    /// <summary>Skips the remaining rows, so that the statement can be bound and run again.</summary>
    public void Reset() => Check(raw.sqlite3_reset(_statement));

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public long? OptionalInt64(int column) => IsNull(column) ? null : Int64(column);

    /// <exception cref="InvalidRowException">The column is null.</exception>
    public string Text(int column) => OptionalText(column) ?? throw Invalid(column, "nothing instead of a text");

    public string? OptionalText(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <exception cref="InvalidRowException">The value does not have the length of a digest.</exception>
    public Digest DigestAt(int column)
    {
        ReadOnlySpan<byte> bytes = Bytes(column);
        return bytes.Length == Digest.Length ? new Digest(bytes) : throw Invalid(column, $"{bytes.Length} bytes instead of a digest");
    }

    /// <exception cref="InvalidRowException">The value does not have the length of an identifier.</exception>
    public Guid GuidAt(int column)
    {
        ReadOnlySpan<byte> bytes = Bytes(column);
        return bytes.Length == GuidLength ? new Guid(bytes, bigEndian: true) : throw Invalid(column, $"{bytes.Length} bytes instead of {GuidLength}");
    }

    /// <exception cref="InvalidRowException">The value does not fit into 32 bits.</exception>
    public int Int32At(int column)
    {
        // The code is compiled with checked arithmetic: a cast would throw before the comparison.
        long value = Int64(column);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Invalid(column, $"{value}, which is too large");
    }

    /// <exception cref="InvalidRowException">The value is outside the years 1 to 9999.</exception>
    public Instant InstantAt(int column) => Instant.TryFromUnixMicroseconds(Int64(column)) ?? throw Invalid(column, $"{Int64(column)} instead of a time");

    /// <exception cref="InvalidRowException">The value is not a valid payer name.</exception>
    public PayerName PayerAt(int column) => PayerName.TryFromTrusted(Text(column)) ?? throw Invalid(column, "a text instead of a payer");

    /// <exception cref="InvalidRowException">The value is not a valid account key.</exception>
    public AccountId AccountAt(int column) =>
        AccountId.TryFromStored(Text(column)) ?? throw Invalid(column, "a text instead of an account");

    /// <exception cref="InvalidRowException">The value is not the name of a kind.</exception>
    public EntryKind KindAt(int column) => EntryKindNames.TryParse(Text(column)) ?? throw Invalid(column, "a text instead of a kind of entry");

    public Instant? OptionalInstantAt(int column) => IsNull(column) ? null : InstantAt(column);

    /// <summary>The exception for a value that no version writes.</summary>
    public InvalidRowException Invalid(int column, string what) =>
        new($"column {raw.sqlite3_column_name(_statement, column).utf8_to_string()} contains {what}");

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(code, _database);
            Marshal.ThrowExceptionForHR(code);
        }
    }

    /// <summary>The last bound value of a parameter. The default value is null, as every parameter is at first.</summary>
    private readonly record struct Bound(BoundKind Kind, long Number, string? Text)
    {
        public static readonly Bound Unknown = new(BoundKind.Unknown, 0, null);
    }

    private enum BoundKind
    {
        Null,
        Number,
        Text,
        Unknown,
    }
}

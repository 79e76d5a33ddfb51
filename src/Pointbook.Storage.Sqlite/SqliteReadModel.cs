using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The read model in a data directory. Each generation is a separate file. Files open on first use, so no damaged file keeps a store from opening.</summary>
public sealed class SqliteReadModel : IReadModel
{
    private readonly string _directory;
    private readonly SqliteStoreOptions _options;
    private readonly bool _isReadOnly;
    private readonly Pool<PayerReader> _readers;

    // Held only while the set of files is used or changes, and not during a transaction on one of them.
    private readonly Lock _changing = new();
    private readonly ReadModelFiles _files;

    // The file that readers open. It is set before the readers of the previous file are closed.
    private volatile ServingFile? _readable;

    internal SqliteReadModel(string directory, SqliteStoreOptions options, TimeProvider clock, ILogger logger, bool isReadOnly = false)
    {
        _directory = directory;
        _options = options;
        _isReadOnly = isReadOnly;
        _readers = new Pool<PayerReader>(OpenReader, options, clock);
        _files = new ReadModelFiles(directory, options.BusyTimeout, logger, ReadFrom);
    }

    /// <summary>Opens the serving generation for reading only. A server may use it meanwhile, and nothing is changed.</summary>
    /// <returns>The read model, or the reason why none can be read.</returns>
    internal static (SqliteReadModel? ReadModel, string? Reason) OpenReadOnly(string directory, SqliteStoreOptions options, TimeProvider clock)
    {
        (ServingFile? serving, string? reason) = ReadModelFiles.FindServing(directory, options.BusyTimeout);
        return serving is null
            ? (null, reason)
            : (new SqliteReadModel(directory, options, clock, NullLogger.Instance, isReadOnly: true) { _readable = serving }, null);
    }

    /// <inheritdoc/>
    public ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _isReadOnly ? FindStateAsync(cancellationToken) : new ValueTask<ReadModelState>(WithFiles(files => files.ReadState()));
    }

    /// <summary>Reads the serving generation, which a server may have replaced.</summary>
    private async ValueTask<ReadModelState> FindStateAsync(CancellationToken cancellationToken)
    {
        ServingFile? serving = ReadModelFiles.FindServing(_directory, _options.BusyTimeout).Serving;
        if (serving != _readable)
        {
            _readable = serving;
            _readers.Clear();
        }

        return serving is null
            ? new ReadModelState(null, null)
            : await ReadAsync(reader => new ReadModelState(reader.ReadRow().ToGeneration(reader.Generation), null), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        ArgumentNullException.ThrowIfNull(round);
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<bool>(Write(generation, file => file.TryApply(generation, round), ifGone: false));
    }

    /// <inheritdoc/>
    public ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        cancellationToken.ThrowIfCancellationRequested();
        _ = Write(
            generation,
            file =>
            {
                file.MarkDamaged(damage);
                return true;
            },
            ifGone: false);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<ReadModelGeneration?>(WithFiles(files => files.Begin()));
    }

    /// <inheritdoc/>
    public ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(building);
        cancellationToken.ThrowIfCancellationRequested();
        ReadModelFile? old = null;
        bool isSwitched = Write(building, file => file.TryComplete(), ifGone: false) && WithFiles(files => files.TrySwitch(building.Number, out old));
        _files.Discard(old);
        return new ValueTask<bool>(isSwitched);
    }

    /// <inheritdoc/>
    public ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_changing)
        {
            _files.Abandon(generation.Number);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>A generation is a file, which is deleted when its existence ends. This deletes files that could not be deleted then.</remarks>
    public ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<bool>(WithFiles(files =>
        {
            files.DeleteLeftovers();
            return false;
        }));
    }

    /// <inheritdoc/>
    /// <remarks>The space of a deleted file is free.</remarks>
    public ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.List(query), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) =>
        ReadAsync(reader => reader.ReadDays(payer, before), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _readers.Dispose();
        lock (_changing)
        {
            _files.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private PayerReader OpenReader() => _readable is { } file
        ? new PayerReader(file.Path, file.Number, _options.BusyTimeout, _isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite)
        : throw new ReadModelBehindException();

    private void ReadFrom(ReadModelFile? file)
    {
        _readable = file is null ? null : new ServingFile(file.Path, file.Number, file.Id);
        _readers.Clear();
    }

    private TResult WithFiles<TResult>(Func<ReadModelFiles, TResult> use) => Guard(() =>
    {
        lock (_changing)
        {
            _files.Open();
            return use(_files);
        }
    });

    private TResult Write<TResult>(ReadModelGeneration generation, Func<ReadModelFile, TResult> use, TResult ifGone)
    {
        ReadModelFile? file;
        lock (_changing)
        {
            file = _files.Find(generation.Number);
        }

        return file is null ? ifGone : Guard(() => use(file), generation.Number);
    }

    /// <summary>Reads with a connection that no other caller uses meanwhile.</summary>
    private async ValueTask<TResult> ReadAsync<TResult>(Func<PayerReader, TResult> read, CancellationToken cancellationToken)
    {
        // If the file is replaced while it is opened, a failure says nothing about damage.
        long number = _readable?.Number ?? throw new ReadModelBehindException();
        try
        {
            using Pool<PayerReader>.Lease lease = await _readers.RentAsync(cancellationToken).ConfigureAwait(false);
            TResult result = lease.Read(reader =>
            {
                number = reader.Generation;
                return read(reader);
            });
            lease.IsClean = true;
            return result;
        }
        catch (Exception failure) when (IsDamage(failure) || (SqliteAccountStore.IsOfFile(failure) && !File.Exists(ReadModelPaths.Of(_directory, number))))
        {
            // A server has replaced a file that this process only reads.
            bool isReplaced = number != _readable?.Number || (_isReadOnly && !File.Exists(ReadModelPaths.Of(_directory, number)));
            throw !isReplaced ? Damaged(number, failure) : new ReadModelBehindException(failure);
        }
        catch (Exception failure) when (SqliteAccountStore.IsOfFile(failure))
        {
            throw Failed(failure);
        }
    }

    /// <summary>Converts failures of SQLite and the file system.</summary>
    private TResult Guard<TResult>(Func<TResult> use, long generation = 0)
    {
        try
        {
            return use();
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            throw Damaged(generation, failure);
        }
        catch (Exception failure) when (SqliteAccountStore.IsOfFile(failure))
        {
            throw Failed(failure);
        }
    }

    private ReadModelDamagedException Damaged(long generation, Exception failure) =>
        new(generation, $"The read model {ReadModelPaths.Of(_directory, generation)} is damaged: {failure.Message.ReplaceLineEndings(" ")}", failure);

    private StorageFailureException Failed(Exception failure) => IsFull(failure)
        ? new ReadModelFullException($"There is no space left for the read model in {_directory}: {failure.Message}", failure)
        : new StorageFailureException($"Pointbook could not use the read model in {_directory}: {failure.Message}", failure);

    /// <summary>Whether the disk is full. SQLite reports it in another way if it cannot extend the index of a write-ahead log.</summary>
    private static bool IsFull(Exception failure) => failure
        is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } or SqliteException { SqliteExtendedErrorCode: SQLitePCL.raw.SQLITE_IOERR_SHMSIZE };

    private static bool IsDamage(Exception failure) => failure
        is PayerDamagedException or InvalidRowException
        or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_ERROR };
}

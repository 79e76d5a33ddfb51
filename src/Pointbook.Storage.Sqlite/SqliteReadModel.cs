using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The read model in a data directory. Each generation is a separate file. Files open on first use, so no damaged file keeps a store from opening.</summary>
/// <remarks>The commit that marks the new file as complete is the switch. The complete file with the greatest number serves queries; all older files are deleted.</remarks>
public sealed class SqliteReadModel : IReadModel
{
    private readonly string _directory;
    private readonly SqliteStoreOptions _options;
    private readonly ILogger _logger;
    private readonly bool _isReadOnly;
    private readonly Pool<PayerReader> _readers;
    private readonly Lock _writing = new();
    private ReadModelFile? _serving;
    private ReadModelFile? _building;
    private long _lastNumber;
    private bool _isOpen;

    // The file that readers open. It is set before the readers of the previous file are closed.
    private volatile ServingFile? _readable;

    internal SqliteReadModel(string directory, SqliteStoreOptions options, TimeProvider clock, ILogger logger, bool isReadOnly = false)
    {
        _directory = directory;
        _options = options;
        _logger = logger;
        _isReadOnly = isReadOnly;
        _readers = new Pool<PayerReader>(OpenReader, options, clock);
    }

    /// <summary>Opens the serving generation for reading only. A server may use it meanwhile, and nothing is changed.</summary>
    /// <returns>The read model, or the reason why none can be read.</returns>
    internal static (SqliteReadModel? ReadModel, string? Reason) OpenReadOnly(string directory, SqliteStoreOptions options, TimeProvider clock)
    {
        string reason = ReadModelVerdict.Missing;
        foreach (long number in ReadModelPaths.Find(directory).Reverse())
        {
            string path = ReadModelPaths.Of(directory, number);
            try
            {
                ThrowIfCut(path);
                using PayerReader reader = new(path, number, options.BusyTimeout, SqliteOpenMode.ReadOnly);
                if (reader.ReadRow().IsComplete)
                {
                    return (new SqliteReadModel(directory, options, clock, NullLogger.Instance, isReadOnly: true) { _readable = new ServingFile(path, number) }, null);
                }

                reason = "the first generation is not complete yet";
            }
            catch (Exception failure) when (IsBeyondUse(failure))
            {
                reason = failure.Message.TrimEnd('.');
            }
            catch (Exception failure) when (SqliteAccountStore.IsOfFile(failure))
            {
                throw new StoreException($"Pointbook can't open the read model {path}: {failure.Message}", failure);
            }
        }

        return (null, reason);
    }

    /// <inheritdoc/>
    public ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _isReadOnly
            ? ReadAsync(reader => new ReadModelState(reader.ReadRow().ToGeneration(reader.Generation), null), cancellationToken)
            : new ValueTask<ReadModelState>(Guard(() =>
            {
                lock (_writing)
                {
                    OpenFiles();
                    ReadModelGeneration? serving = ReadGeneration(ref _serving);
                    return new ReadModelState(serving, ReadGeneration(ref _building));
                }
            }));
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
        return new ValueTask<ReadModelGeneration?>(Guard(() =>
        {
            lock (_writing)
            {
                OpenFiles();
                if (_serving is not null && _serving.ReadRow().Damage is null)
                {
                    return null;
                }

                _building ??= ReadModelFile.Create(ReadModelPaths.Of(_directory, ++_lastNumber), _lastNumber, _options.BusyTimeout);
                return _building.ReadRow().ToGeneration(_building.Number);
            }
        }));
    }

    /// <inheritdoc/>
    public ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(building);
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<bool>(Write(
            building,
            file =>
            {
                if (file != _building || !file.TryComplete())
                {
                    return false;
                }

                ReadModelFile? old = _serving;
                (_serving, _building) = (file, null);
                ReadFrom(file);
                Discard(old);
                return true;
            },
            ifGone: false));
    }

    /// <inheritdoc/>
    public ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_writing)
        {
            if (_building?.Number == generation.Number)
            {
                Discard(_building);
                _building = null;
            }
            else if (_serving?.Number == generation.Number)
            {
                ReadFrom(null);
                Discard(_serving);
                _serving = null;
            }
        }

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
        lock (_writing)
        {
            _serving?.Dispose();
            _building?.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Opens the existing files, once. Deletes unusable ones.</summary>
    private void OpenFiles()
    {
        if (_isOpen)
        {
            return;
        }

        foreach (long number in ReadModelPaths.Find(_directory))
        {
            _lastNumber = Math.Max(_lastNumber, number);
            // Files before the serving one are leftovers that could not be deleted.
            bool isLater = number > (_serving?.Number ?? 0) && number != _building?.Number;
            if (isLater && TryOpen(number) is { } file)
            {
                // A complete file replaces all files before it. A newer file that is being built replaces an older one that was being built.
                (ReadModelFile? older, ReadModelFile? newer) = file.ReadRow().IsComplete ? (_serving, _building) : (_building, null);
                (_serving, _building) = file.ReadRow().IsComplete ? (file, null) : (_serving, file);
                Discard(older);
                Discard(newer);
            }
        }

        ReadFrom(_serving);
        _isOpen = true;
    }

    private ReadModelFile? TryOpen(long number)
    {
        string path = ReadModelPaths.Of(_directory, number);
        try
        {
            ThrowIfCut(path);
            return ReadModelFile.Open(path, number, _options.BusyTimeout);
        }
        catch (Exception failure) when (IsBeyondUse(failure))
        {
            _logger.ReadModelUnusable(failure, path);
            ReadModelFile.Delete(path);
            return null;
        }
    }

    /// <summary>Reads the row of a file. Deletes the file if its row cannot be read.</summary>
    private ReadModelGeneration? ReadGeneration(ref ReadModelFile? file)
    {
        try
        {
            return file?.ReadRow().ToGeneration(file.Number);
        }
        catch (Exception failure) when (IsBeyondUse(failure))
        {
            _logger.ReadModelUnusable(failure, file!.Path);
            if (file == _serving)
            {
                ReadFrom(null);
            }

            ReadModelFile useless = file!;
            file = null;
            Discard(useless);
            return null;
        }
    }

    private void ReadFrom(ReadModelFile? file)
    {
        _readable = file is null ? null : new ServingFile(file.Path, file.Number);
        _readers.Clear();
    }

    /// <summary>Closes and deletes a file. A file that cannot be deleted only takes space.</summary>
    private void Discard(ReadModelFile? file)
    {
        if (file is null)
        {
            return;
        }

        file.Dispose();
        try
        {
            ReadModelFile.Delete(file.Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _logger.ReadModelNotDeleted(failure, file.Path);
        }
    }

    private PayerReader OpenReader() => _readable is { } file
        ? new PayerReader(file.Path, file.Number, _options.BusyTimeout, _isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite)
        : throw new ReadModelBehindException();

    private TResult Write<TResult>(ReadModelGeneration generation, Func<ReadModelFile, TResult> use, TResult ifGone)
    {
        lock (_writing)
        {
            ReadModelFile? file = _serving?.Number == generation.Number ? _serving : _building?.Number == generation.Number ? _building : null;
            return file is null ? ifGone : Guard(() => use(file), generation.Number);
        }
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
            throw number == _readable?.Number ? Damaged(number, failure) : new ReadModelBehindException(failure);
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

    private StorageFailureException Failed(Exception failure) => new($"Pointbook could not use the read model in {_directory}: {failure.Message}", failure);

    private static bool IsDamage(Exception failure) => failure
        is PayerDamagedException or InvalidRowException
        or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_ERROR };

    private static bool IsBeyondUse(Exception failure) => SqliteAccountStore.IsBeyondUse(failure);

    private static void ThrowIfCut(string path)
    {
        if (SqliteAccountStore.EndsWithinPage(path))
        {
            throw new StoreException($"{path} ends in the middle of a page.");
        }
    }

    private sealed record ServingFile(string Path, long Number);
}

using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Sqlite;

/// <summary>The files of a read model in a data directory, open for writing: at most one that serves queries and one that is being built. Not thread-safe.</summary>
/// <remarks>The commit that marks the new file as complete is the switch. The complete file with the greatest number serves queries; all older files are deleted.</remarks>
/// <param name="directory">The data directory.</param>
/// <param name="busyTimeout">How long a statement waits for a lock of another program.</param>
/// <param name="logger">The logger.</param>
/// <param name="onServing">Called with the file that serves queries from now on, or null, before the previous one is closed.</param>
internal sealed class ReadModelFiles(string directory, TimeSpan busyTimeout, ILogger logger, Action<ReadModelFile?> onServing) : IDisposable
{
    // Servers may replace the file while it is searched for, but rarely.
    private const int SearchesMax = 5;

    private ReadModelFile? _serving;
    private ReadModelFile? _building;
    private long _lastNumber;
    private bool _isOpen;

    /// <summary>Finds the serving generation without changing anything.</summary>
    /// <returns>Its file, or the reason why none can be read.</returns>
    public static (ServingFile? Serving, string? Reason) FindServing(string directory, TimeSpan busyTimeout)
    {
        string? reason = null;
        for (int search = 0; search < SearchesMax && reason is null; search++)
        {
            reason = ReadModelVerdict.Missing;
            foreach (long number in ReadModelPaths.Find(directory).Reverse())
            {
                string path = ReadModelPaths.Of(directory, number);
                switch (Look(path, number, busyTimeout))
                {
                    case ({ } id, _):
                        return (new ServingFile(path, number, id), null);
                    case (null, var fault):
                        reason = fault;
                        break;
                }
            }
        }

        return (null, reason ?? ReadModelVerdict.Missing);
    }

    /// <returns>The id of the generation if the file is complete, and otherwise why it cannot be read; the reason is null if a server has deleted the file since it was found.</returns>
    private static (Guid? Complete, string? Reason) Look(string path, long number, TimeSpan busyTimeout)
    {
        try
        {
            ThrowIfCut(path);
            using PayerReader reader = new(path, number, busyTimeout, SqliteOpenMode.ReadOnly);
            ReadModelRow row = reader.ReadRow();
            return (row.IsComplete ? row.Id : null, "the first generation is not complete yet");
        }
        catch (Exception failure) when (SqliteAccountStore.IsOfFile(failure) && !File.Exists(path))
        {
            return (null, null);
        }
        catch (Exception failure) when (SqliteAccountStore.IsBeyondUse(failure))
        {
            return (null, failure.Message.TrimEnd('.'));
        }
        catch (Exception failure) when (SqliteAccountStore.IsOfFile(failure))
        {
            throw new StoreException($"Pointbook can't open the read model {path}: {failure.Message}", failure);
        }
    }

    /// <summary>Opens the existing files, once. Deletes unusable ones, and what a crash has left of others.</summary>
    public void Open()
    {
        if (_isOpen)
        {
            return;
        }

        foreach (long number in ReadModelPaths.Find(directory))
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

        onServing(_serving);
        _isOpen = true;
        DeleteLeftovers();
    }

    /// <summary>Reads the rows of the generations. Deletes files whose rows cannot be read.</summary>
    public ReadModelState ReadState()
    {
        ReadModelGeneration? serving = ReadGeneration(ref _serving);
        return new ReadModelState(serving, ReadGeneration(ref _building));
    }

    /// <summary>Returns the open file of a generation; null if the generation does not exist.</summary>
    public ReadModelFile? Find(long number) => _serving?.Number == number ? _serving : _building?.Number == number ? _building : null;

    /// <inheritdoc cref="IReadModel.BeginBuildAsync"/>
    public ReadModelGeneration? Begin()
    {
        if (_serving is not null && _serving.ReadRow().Damage is null)
        {
            return null;
        }

        if (_building is null)
        {
            // If it fails, the next attempt takes the same number, so that attempts leave no files.
            _building = ReadModelFile.Create(ReadModelPaths.Of(directory, _lastNumber + 1), _lastNumber + 1, busyTimeout);
            _lastNumber++;
        }

        return _building.ReadRow().ToGeneration(_building.Number);
    }

    /// <summary>Lets the file that is being built serve queries. It must be complete.</summary>
    /// <param name="number">The number of the file.</param>
    /// <param name="old">The file that served queries, or null. The caller must discard it.</param>
    /// <returns>False if this file is not being built.</returns>
    public bool TrySwitch(long number, out ReadModelFile? old)
    {
        old = null;
        if (_building?.Number != number)
        {
            return false;
        }

        (old, _serving, _building) = (_serving, _building, null);
        onServing(_serving);
        return true;
    }

    /// <inheritdoc cref="IReadModel.AbandonAsync"/>
    public void Abandon(long number)
    {
        ReadModelFile? useless = Find(number);
        if (useless is not null && useless == _serving)
        {
            onServing(null);
            _serving = null;
        }
        else if (useless is not null)
        {
            _building = null;
        }

        Discard(useless);
    }

    /// <summary>Deletes all files of other generations. A crash may have left them, or only a write-ahead log.</summary>
    public void DeleteLeftovers()
    {
        foreach ((string path, long number) in ReadModelPaths.FindAll(directory))
        {
            if (Find(number) is null)
            {
                _lastNumber = Math.Max(_lastNumber, number);
                TryDelete(path, File.Delete);
            }
        }
    }

    /// <summary>Closes and deletes a file that is not among these any more, after the transaction in progress on it. A file that cannot be deleted only takes space.</summary>
    public void Discard(ReadModelFile? file)
    {
        if (file is null)
        {
            return;
        }

        file.Dispose();
        TryDelete(file.Path, ReadModelFile.Delete);
    }

    public void Dispose()
    {
        _serving?.Dispose();
        _building?.Dispose();
    }

    private ReadModelFile? TryOpen(long number)
    {
        string path = ReadModelPaths.Of(directory, number);
        try
        {
            ThrowIfCut(path);
            return ReadModelFile.Open(path, number, busyTimeout);
        }
        catch (Exception failure) when (SqliteAccountStore.IsBeyondUse(failure))
        {
            logger.ReadModelUnusable(failure, path);
            ReadModelFile.Delete(path);
            return null;
        }
    }

    private ReadModelGeneration? ReadGeneration(ref ReadModelFile? file)
    {
        try
        {
            return file?.ReadRow().ToGeneration(file.Number);
        }
        catch (Exception failure) when (SqliteAccountStore.IsBeyondUse(failure))
        {
            logger.ReadModelUnusable(failure, file!.Path);
            if (file == _serving)
            {
                onServing(null);
            }

            ReadModelFile useless = file!;
            file = null;
            Discard(useless);
            return null;
        }
    }

    private void TryDelete(string path, Action<string> delete)
    {
        try
        {
            delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            logger.ReadModelNotDeleted(failure, path);
        }
    }

    private static void ThrowIfCut(string path)
    {
        if (SqliteAccountStore.EndsWithinPage(path))
        {
            throw new StoreException($"{path} ends in the middle of a page.");
        }
    }
}

/// <summary>The file of the generation that serves queries. Immutable.</summary>
/// <param name="Path">The path.</param>
/// <param name="Number">The number.</param>
/// <param name="Id">The random id. Another file may get the same path and number.</param>
internal sealed record ServingFile(string Path, long Number, Guid Id);

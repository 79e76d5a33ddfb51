using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>Keeps a second server out of a data directory. The operating system releases the lock when the process ends, however it ends.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private const string FileName = "pointbook.lock";
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="StoreException">Another server holds the lock, or the directory cannot be written to.</exception>
    public static DirectoryLock Acquire(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StoreException(
                $"Pointbook can't write to the data directory {directory}. Grant write access, or use another directory.", denied, StoreSetting.Directory);
        }
        catch (IOException failure) when (File.Exists(path))
        {
            throw new StoreException(
                $"Another Pointbook server is using the data directory {directory}. Stop that server, or use another directory.", failure, StoreSetting.Directory);
        }
        catch (IOException failure)
        {
            throw new StoreException($"Pointbook can't use the data directory {directory}: {failure.Message}", failure);
        }
    }

    public void Dispose() => _file.Dispose();
}

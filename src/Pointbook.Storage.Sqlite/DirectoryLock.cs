using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>Keeps a second server out of a data directory. The operating system lets go of it when the process ends, however it ends.</summary>
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
                $"The data directory {directory} cannot be written to; grant write access or name another directory.", denied, StoreSetting.Directory);
        }
        catch (IOException failure) when (File.Exists(path))
        {
            throw new StoreException(
                $"Another Pointbook server is using the data directory {directory}; stop it or name another directory.", failure, StoreSetting.Directory);
        }
        catch (IOException failure)
        {
            throw new StoreException($"The data directory {directory} cannot be used: {failure.Message}", failure);
        }
    }

    public void Dispose() => _file.Dispose();
}

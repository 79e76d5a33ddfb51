namespace Pointbook.Bench.Http;

/// <summary>Finds the server that was built in this repository.</summary>
internal static class ServerProgram
{
    private const string BuildFolder = "src/Pointbook.Server/bin/Release/net10.0";
    private const string ConfigurationEnding = ".runtimeconfig.json";

    public static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string build = Path.Combine(folder.FullName, BuildFolder);
            if (File.Exists(Path.Combine(folder.FullName, "Pointbook.slnx")) && Directory.Exists(build)
                && Directory.EnumerateFiles(build, "*" + ConfigurationEnding).FirstOrDefault() is { } configuration)
            {
                return configuration[..^ConfigurationEnding.Length] + ".dll";
            }
        }

        throw new BenchException($"There is no server in {BuildFolder}; run dotnet build -c Release first, or name one with --server.");
    }
}

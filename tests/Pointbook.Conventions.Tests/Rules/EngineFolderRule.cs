namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The engine has one folder for each part of the design. Its root holds only the files that all parts share.</summary>
internal static class EngineFolderRule
{
    private const string Engine = "src/Pointbook.Engine/";

    private static readonly string[] Folders = ["AccountStore", "Analytics", "Diagnostics", "Hosting", "Journal", "Partition", "Queries", "ReadModel"];

    // The contract of the ledger, its parameters and results, and the exceptions that all parts use.
    private static readonly string[] AtRoot =
    [
        "CommandHash.cs", "EntryId.cs", "ILedger.cs", "InvalidRowException.cs", "OperationOptions.cs", "OperationOutline.cs", "Outcome.cs", "PayerTally.cs",
        "Pointbook.Engine.csproj", "Receipt.cs", "StorageFailureException.cs",
    ];

    /// <summary>The files in other places, and the parts without a folder.</summary>
    public static IEnumerable<string> Violations(IEnumerable<string> paths)
    {
        string[][] places = [.. paths.Where(path => path.StartsWith(Engine, StringComparison.Ordinal)).Select(path => path[Engine.Length..].Split('/'))];
        foreach (string folder in Folders.Where(folder => !places.Any(place => place.Length > 1 && place[0] == folder)))
        {
            yield return $"{Engine}{folder} is missing.";
        }

        foreach (string[] place in places.Where(place => place.Length == 1 ? !AtRoot.Contains(place[0]) : !Folders.Contains(place[0])))
        {
            yield return $"{Engine}{string.Join('/', place)} belongs into one of {string.Join(", ", Folders)}.";
        }
    }
}

using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>Dependencies point inward: Ledger, then Access and Engine, Storage, Server. Contracts depends on no project, and clients depend on Contracts only.</summary>
internal static class DependencyRule
{
    private const string PlainSdk = "Microsoft.NET.Sdk";
    private const string Server = "Pointbook.Server";

    public static IEnumerable<string> Violations(IEnumerable<ProjectFile> projects)
    {
        foreach (ProjectFile project in projects.Where(project => project.IsBelow("src")))
        {
            if (Allowed.Of(project.Name) is not { } allowed)
            {
                yield return $"{project.Name} has no place in the dependency rule; give it one.";
                continue;
            }

            foreach (string reference in project.ProjectReferences.Where(name => !allowed.MayUseProject(name)))
            {
                yield return $"{project.Name} must not refer to the project {reference}.";
            }

            foreach (string package in project.Packages.Where(name => !allowed.MayUsePackage(name)))
            {
                yield return $"{project.Name} must not refer to the package {package}.";
            }

            if (project.Name != Server && (project.Sdk != PlainSdk || project.Frameworks.Count > 0))
            {
                yield return $"{project.Name} may use the plain SDK only, without further frameworks.";
            }
        }
    }

    public static IEnumerable<string> Violations(string projectName, IEnumerable<string> assemblyReferences)
    {
        Allowed? allowed = Allowed.Of(projectName);
        return assemblyReferences
            .Where(name => !IsOfRuntime(name) && allowed?.MayUseAssembly(name) != true)
            .Select(name => $"The assembly of {projectName} must not refer to {name}.");
    }

    private static bool IsOfRuntime(string name) =>
        name is "System" or "netstandard" or "mscorlib" or "Microsoft.Win32.Primitives" || name.StartsWith("System.", StringComparison.Ordinal);

    /// <param name="Projects">The names of projects that it may depend on, or null where all of src is allowed.</param>
    /// <param name="Packages">The names of packages that it may depend on, or null where every package that a decision names is allowed.</param>
    private sealed record Allowed(string[]? Projects, string[]? Packages)
    {
        public static Allowed? Of(string project) => project switch
        {
            "Pointbook.Ledger" or "Pointbook.Contracts" => new Allowed([], []),
            "Pointbook.Access" => new Allowed(["Pointbook.Ledger"], []),
            "Pointbook.Engine" => new Allowed(["Pointbook.Ledger"], ["Microsoft.Extensions.Logging.Abstractions", "System.IO.Hashing"]),
            "Pointbook.Client" => new Allowed(["Pointbook.Contracts"], null),
            Server => new Allowed(null, null),
            _ when project.StartsWith("Pointbook.Storage.", StringComparison.Ordinal) => new Allowed(["Pointbook.Access", "Pointbook.Engine", "Pointbook.Ledger"], null),
            _ => null,
        };

        public bool MayUseProject(string name) => Projects is null
            ? name.StartsWith("Pointbook.", StringComparison.Ordinal) && !name.EndsWith(".Tests", StringComparison.Ordinal)
            : Projects.Contains(name);

        public bool MayUsePackage(string name) => Packages?.Contains(name) ?? true;

        public bool MayUseAssembly(string name) => name.StartsWith("Pointbook.", StringComparison.Ordinal)
            ? MayUseProject(name)
            : MayUsePackage(name) && (Projects is null || !name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }
}

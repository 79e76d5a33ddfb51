using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Pointbook.Conventions.Tests.Support;

/// <summary>The references of an assembly, which the test reads without loading the assembly.</summary>
/// <param name="References">The names of the referenced assemblies.</param>
/// <param name="Types">The referenced types of other assemblies, with their namespaces.</param>
internal sealed record AssemblyFacts(IReadOnlyList<string> References, IReadOnlyList<string> Types)
{
    public static AssemblyFacts Read(string assemblyName)
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, assemblyName + ".dll"));
        using PEReader image = new(file);
        MetadataReader metadata = image.GetMetadataReader();
        List<string> references = [];
        foreach (AssemblyReferenceHandle handle in metadata.AssemblyReferences)
        {
            references.Add(metadata.GetString(metadata.GetAssemblyReference(handle).Name));
        }

        List<string> types = [];
        foreach (TypeReferenceHandle handle in metadata.TypeReferences)
        {
            TypeReference type = metadata.GetTypeReference(handle);
            types.Add($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}");
        }

        return new AssemblyFacts(references, types);
    }
}

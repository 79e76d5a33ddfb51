using System.Xml.Linq;

namespace Pointbook.Conventions.Tests.Support;

/// <summary>The content of a project file.</summary>
internal sealed record ProjectFile(string Path, XElement Root)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>The name of the assembly that the project builds.</summary>
    public string AssemblyName => Properties("AssemblyName") is [string given, ..] ? given : Name;

    public string Sdk => Root.Attribute("Sdk")?.Value ?? "";

    public IReadOnlyList<string> Packages => Items("PackageReference");

    public IReadOnlyList<string> Frameworks => Items("FrameworkReference");

    /// <summary>The names of the projects that it refers to.</summary>
    public IReadOnlyList<string> ProjectReferences =>
        [.. Items("ProjectReference").Select(path => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];

    public static ProjectFile Parse(string path, string text) => new(path, XElement.Parse(text));

    public bool IsBelow(string directory) => Path.StartsWith(directory + "/", StringComparison.Ordinal);

    /// <summary>The values that the project file gives to a property, in any place.</summary>
    public IReadOnlyList<string> Properties(string name) =>
        [.. Root.Elements("PropertyGroup").Elements(name).Select(property => property.Value)];

    private List<string> Items(string name) =>
        [.. Root.Elements("ItemGroup").Elements(name).Select(item => item.Attribute("Include")?.Value).OfType<string>()];
}

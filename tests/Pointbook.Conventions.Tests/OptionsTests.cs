using System.Reflection;
using System.Xml.Linq;
using Pointbook.Conventions.Tests.Rules;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests;

public sealed class OptionsTests
{
    private static readonly Type[] All = [.. Repository.SourceProjects.SelectMany(project => OptionsRule.TypesOf(Assembly.Load(project.AssemblyName)))];

    public static TheoryData<string> OptionsNames => [.. All.Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(OptionsNames))]
    public void Every_bound_is_checked_and_the_error_names_the_option(string name)
    {
        Type type = All.Single(candidate => candidate.FullName == name);
        Verdict.Holds(OptionsRule.Violations(type, OptionsRule.FindCheck(type)));
    }

    [Theory]
    [MemberData(nameof(OptionsNames))]
    public void Every_option_is_documented(string name)
    {
        Type type = All.Single(candidate => candidate.FullName == name);
        string file = Path.Combine(AppContext.BaseDirectory, type.Assembly.GetName().Name + ".xml");
        Verdict.Holds(OptionsRule.DocumentationViolations(type, XElement.Load(file)));
    }

    [Fact]
    public void An_unchecked_bound_is_reported()
    {
        Verdict.Names(OptionsRule.Violations(typeof(UncheckedOptions), null), "No code checks UncheckedOptions");
        Verdict.Names(OptionsRule.Violations(typeof(UncheckedOptions), OptionsRule.FindCheck(typeof(UncheckedOptions))), "UncheckedOptions.WaitMax", "UncheckedOptions.SizeMax");
        Verdict.Names(OptionsRule.Violations(typeof(UncheckedOptions), _ => "It is wrong."), "defaults", "UncheckedOptions.CountMax", "UncheckedOptions.WaitMax", "UncheckedOptions.SizeMax");
    }

    [Fact]
    public void An_option_without_a_summary_is_reported()
    {
        XElement documentation = XElement.Parse(
            $"""<doc><members><member name="P:{typeof(UncheckedOptions).FullName}.CountMax"><summary>How many.</summary></member></members></doc>""");
        Verdict.Names(OptionsRule.DocumentationViolations(typeof(UncheckedOptions), documentation), "UncheckedOptions.WaitMax", "UncheckedOptions.SizeMax");
    }

    private sealed class UncheckedOptions
    {
        public int CountMax { get; set; } = 1;

        public TimeSpan WaitMax { get; set; }

        public long? SizeMax { get; set; }

        public string? Fault() => CountMax < 1 ? "CountMax must be at least 1." : WaitMax < TimeSpan.Zero ? "A wait is negative." : null;
    }
}

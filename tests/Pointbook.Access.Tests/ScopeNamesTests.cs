using CsCheck;

namespace Pointbook.Access.Tests;

/// <summary>The names of scopes.</summary>
public static class ScopeNamesTests
{
    /// <summary>Every possible set of scopes.</summary>
    public static TheoryData<Scopes> ScopeSets { get; } = new(Enumerable.Range(0, (int)Scopes.All + 1).Select(number => (Scopes)number));

    [Theory]
    [InlineData(Scopes.Read, "read")]
    [InlineData(Scopes.Add, "add")]
    [InlineData(Scopes.Spend, "spend")]
    [InlineData(Scopes.Flush, "flush")]
    [InlineData(Scopes.Admin, "admin")]
    public static void Each_scope_has_one_name(Scopes scope, string name)
    {
        Assert.Equal(scope, ScopeNames.Find(name));
        Assert.Equal(name, Assert.Single(ScopeNames.Of(scope)));
    }

    [Fact]
    public static void Every_scope_has_a_name_and_all_names_together_are_all_scopes()
    {
        Scopes[] single = [.. Enum.GetValues<Scopes>().Where(scope => int.IsPow2((int)scope))];
        Assert.Equal(ScopeNames.All, single.Select(scope => Assert.Single(ScopeNames.Of(scope))));
        Assert.Equal(Scopes.All, single.Aggregate(Scopes.None, (sum, scope) => sum | scope));
        Assert.Equal(["read", "add", "spend", "flush", "admin"], ScopeNames.All);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("read ")]
    [InlineData(" read")]
    [InlineData("read add")]
    public static void Spaces_separate_names_but_are_not_part_of_them(string text)
    {
        Assert.Null(ScopeNames.Find(text));
        Assert.Equal(text.Trim(), ScopeNames.ToText(ScopeNames.FromTrusted(text)));
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("READ")]
    [InlineData("reads")]
    [InlineData("rea")]
    [InlineData("none")]
    [InlineData("all")]
    [InlineData("*")]
    [InlineData("1")]
    [InlineData("read,add")]
    [InlineData("read\tadd")]
    [InlineData("read\0")]
    [InlineData("re\u00E4d")]
    public static void An_unknown_name_is_rejected(string name)
    {
        Assert.Null(ScopeNames.Find(name));
        Assert.Contains($"There is no scope '{name}'.", Assert.Throws<ArgumentException>(() => ScopeNames.FromTrusted("add " + name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public static void A_null_text_is_rejected() => Assert.Throws<ArgumentNullException>(() => ScopeNames.FromTrusted(null!));

    [Theory]
    [MemberData(nameof(ScopeSets))]
    public static void Scopes_survive_a_round_trip_through_their_text(Scopes scopes)
    {
        string text = ScopeNames.ToText(scopes);
        Assert.Equal(scopes, ScopeNames.FromTrusted(text));
        Assert.Equal(ScopeNames.Of(scopes), text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(ScopeNames.All, name => Assert.Equal(scopes.HasFlag(ScopeNames.Find(name)!.Value), ScopeNames.Of(scopes).Contains(name)));
    }

    [Fact]
    public static void Parsing_ignores_order_and_repetition() =>
        Gen.Int[0, ScopeNames.All.Count - 1].Select(number => ScopeNames.All[number]).Array[0, 10].Sample(names => Assert.Equal(
            ScopeNames.All.Where(names.Contains), ScopeNames.Of(ScopeNames.FromTrusted(string.Join(' ', names)))));
}

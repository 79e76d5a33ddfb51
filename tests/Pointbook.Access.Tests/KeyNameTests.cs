using System.Text.RegularExpressions;
using CsCheck;
using Pointbook.Access.Tests.Support;

namespace Pointbook.Access.Tests;

/// <summary>Which texts are valid key names.</summary>
public static partial class KeyNameTests
{
    public static TheoryData<string> ValidNames { get; } =
        new("billing", "x", "Billing-2.eu_west@ops", "0", ".", "..", "-", new string('n', KeyName.LengthMax));

    public static TheoryData<string, string> InvalidNames { get; } = new()
    {
        { "", "is empty. Name the key after its user" },
        { new string('n', KeyName.LengthMax + 1), "is 65 characters long. The maximum is 64" },
        { "two words", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { " billing", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { "billing\n", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { "bill\0ing", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { "m\u00FCller", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { "\u0661", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { "billing*", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { Caller.TokenPrefix + "alice", "Valid characters: A-Z a-z 0-9 . _ @ -" },
        { Caller.CommandLinePrefix + "root", "Valid characters: A-Z a-z 0-9 . _ @ -" },
    };

    [Theory]
    [MemberData(nameof(ValidNames))]
    public static void A_valid_name_is_kept_unchanged(string text)
    {
        Assert.True(KeyName.TryCreate(text, out KeyName? name, out string? error));
        Assert.Null(error);
        Assert.Equal((text, text), (name.Value, name.ToString()));
        Assert.Equal(KeyName.FromTrusted(text), name);
    }

    [Theory]
    [MemberData(nameof(InvalidNames))]
    public static void An_invalid_name_is_rejected_and_the_error_says_what_to_write_instead(string text, string sentence)
    {
        Assert.False(KeyName.TryCreate(text, out KeyName? name, out string? error));
        Assert.Null(name);
        Assert.EndsWith(sentence, error, StringComparison.Ordinal);
        Assert.Contains(error, Assert.Throws<ArgumentException>(() => KeyName.FromTrusted(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public static void Names_are_case_sensitive() => Assert.NotEqual(Given.Name("Billing"), Given.Name("billing"));

    [Fact]
    public static void A_null_name_is_rejected() =>
        Assert.Throws<ArgumentNullException>(() => KeyName.TryCreate(null!, out _, out _));

    [Fact]
    public static void Valid_names_are_those_that_the_documentation_describes_and_never_look_like_another_actor() => Given.Texts("aZ09._@-:/", 70).Sample(text =>
    {
        bool isName = KeyName.TryCreate(text, out _, out _);
        Assert.Equal(DocumentedForm().IsMatch(text), isName);
        Assert.False(isName && text.Contains(':', StringComparison.Ordinal));
    });

    [GeneratedRegex(@"\A[A-Za-z0-9._@-]{1,64}\z")]
    private static partial Regex DocumentedForm();
}

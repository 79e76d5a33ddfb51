using System.Text.RegularExpressions;
using Pointbook.Server.Problems;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.OpenApi;

/// <summary>The table of codes in docs/api.md equals the table in the code.</summary>
public sealed partial class ErrorTableTests
{
    [Fact]
    public async Task The_page_lists_every_code_with_its_meaning()
    {
        string page = await File.ReadAllTextAsync(RepositoryRoot.File("docs/api.md"), TestContext.Current.CancellationToken);
        Assert.Equal(
            ProblemTable.All.Select(kind => $"| `{kind.Code}` | {kind.Status} | `{kind.Retry}` | {kind.Title} |"),
            Row().Matches(page).Select(match => match.Value));
    }

    [GeneratedRegex(@"^\| `\w+` \| \d{3} \| .*\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}

using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Server.Tests.Support;

/// <summary>A request that reached the server, and its answer.</summary>
/// <param name="Line">The method and the path, such as <c>GET /balance</c>.</param>
/// <param name="Headers">The headers of the request.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="AnswerHeaders">The names of the answer's headers.</param>
/// <param name="Answer">The answer's body.</param>
public sealed record LoggedRequest(
    string Line, IReadOnlyDictionary<string, string> Headers, int Status, IReadOnlyList<string> AnswerHeaders, string Answer)
{
    /// <summary>Whether a browser sent the request, and not the test.</summary>
    public bool IsFromBrowser => Header("User-Agent")?.Contains("Chrom", StringComparison.Ordinal) == true;

    /// <summary>The value of a header, or null.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Fails unless protected mode refused the request. The answer must have no header that lets a page of another origin read it.</summary>
    public void AssertRefused()
    {
        Assert.True(Status == 403, $"{Line} of {string.Join("; ", Headers)} was answered {Status}: {Answer}");
        Assert.Equal("protected_mode", JsonSerializer.Deserialize(Answer, ReplyJson.Default.Problem)!.Code);
        Assert.DoesNotContain(AnswerHeaders, name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }
}

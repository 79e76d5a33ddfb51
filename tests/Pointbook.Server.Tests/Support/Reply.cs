using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Server.Tests.Support;

/// <summary>A reply as it came, body included.</summary>
internal sealed record Reply(int Status, string ContentType, string Body, HttpResponseMessage Message)
{
    public Problem Problem
    {
        get
        {
            Assert.Equal("application/problem+json", ContentType);
            return JsonSerializer.Deserialize(Body, ReplyJson.Default.Problem)!;
        }
    }

    public Transaction Transaction => JsonSerializer.Deserialize(Body, ReplyJson.Default.Transaction)!;

    public Spend Spend => JsonSerializer.Deserialize(Body, ReplyJson.Default.Spend)!;

    public Balance Balance => JsonSerializer.Deserialize(Body, ReplyJson.Default.Balance)!;

    /// <summary>The value of a header, or null.</summary>
    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out IEnumerable<string>? values) || Message.Content.Headers.TryGetValues(name, out values)
            ? string.Join(", ", values)
            : null;

    public Reply MustBe(int status, string? code = null)
    {
        Assert.True(Status == status, $"Expected {status} {code}, got {Status}: {Body}");
        if (code is not null)
        {
            Assert.Equal((code, status), (Problem.Code, Problem.Status));
        }

        return this;
    }
}

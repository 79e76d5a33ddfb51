using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pointbook.Contracts;

namespace Pointbook.Server.Tests.Support;

/// <summary>A reply of the server, with its body.</summary>
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

    public Transaction Transaction => As(ReplyJson.Default.Transaction);

    public Spend Spend => As(ReplyJson.Default.Spend);

    public Balance Balance => As(ReplyJson.Default.Balance);

    public T As<T>(JsonTypeInfo<T> typeInfo) => JsonSerializer.Deserialize(Body, typeInfo)!;

    /// <summary>The value of a header, or null.</summary>
    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out IEnumerable<string>? values) || Message.Content.Headers.TryGetValues(name, out values)
            ? string.Join(", ", values)
            : null;

    public Reply AssertIs(int status, string? code = null)
    {
        Assert.True(Status == status, $"Expected {status} {code}, got {Status}: {Body}");
        if (code is not null)
        {
            Assert.Equal((code, status), (Problem.Code, Problem.Status));
        }

        return this;
    }
}

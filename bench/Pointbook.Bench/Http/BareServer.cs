using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pointbook.Bench.Http;

/// <summary>The minimum that a server can do: it parses the same bodies, sends replies of the same size, and does nothing in between.</summary>
internal static class BareServer
{
    public static async Task RunAsync(Arguments arguments)
    {
        string url = arguments.OptionalText("url") ?? throw new BenchException("bare needs --url.");
        byte[] added = new byte[arguments.Number("add-bytes", 200)];
        byte[] spent = new byte[arguments.Number("spend-bytes", 300)];
        arguments.RejectUnknown();
        Array.Fill(added, (byte)' ');
        Array.Fill(spent, (byte)' ');

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, BareJson.Default));
        await using WebApplication app = builder.Build();
        app.MapPost("/v1/accounts/{account}/transactions", (string account, AddBody body, HttpContext context) => ReplyAsync(context, added, body.Points));
        app.MapPost("/v1/accounts/{account}/spends", (string account, SpendBody body, HttpContext context) => ReplyAsync(context, spent, body.Points));
        app.MapGet("/health/ready", () => Results.Ok());
        await app.RunAsync();
    }

    private static async Task ReplyAsync(HttpContext context, byte[] reply, long points)
    {
        context.Response.StatusCode = points == 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status201Created;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = reply.Length;
        await context.Response.Body.WriteAsync(reply, context.RequestAborted);
    }
}

/// <summary>The body of an add.</summary>
internal sealed record AddBody(string Payer, long Points, DateTimeOffset Timestamp);

/// <summary>The body of a spend.</summary>
internal sealed record SpendBody(long Points);

/// <summary>Source-generated parsing, as in the server.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AddBody))]
[JsonSerializable(typeof(SpendBody))]
internal sealed partial class BareJson : JsonSerializerContext;

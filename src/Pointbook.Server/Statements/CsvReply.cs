using System.Text;
using Pointbook.Server.Json;

namespace Pointbook.Server.Statements;

/// <summary>A 200 reply with a header row and one row of values: CSV as in RFC 4180. Immutable.</summary>
/// <param name="columns">The name of each column and its field, already encoded.</param>
internal sealed class CsvReply(IReadOnlyList<(string Name, string Field)> columns) : IResult, IStatusCodeHttpResult
{
    /// <summary>Its name in <c>Accept</c>.</summary>
    public const string MediaType = "text/csv";

    private const string LineEnd = "\r\n";

    /// <inheritdoc/>
    public int? StatusCode => StatusCodes.Status200OK;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) =>
        ReplyWriter.WriteAsync(httpContext.Response, Encoding.UTF8.GetBytes(Text(columns)), MediaType + "; charset=utf-8; header=present");

    /// <summary>The table as text.</summary>
    public static string Text(IReadOnlyList<(string Name, string Field)> columns) =>
        string.Join(',', columns.Select(column => column.Name)) + LineEnd
        + string.Join(',', columns.Select(column => column.Field)) + LineEnd;
}

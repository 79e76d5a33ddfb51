using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Queries;

/// <summary>Reads query parameters and keeps their first fault. Not thread-safe.</summary>
/// <remarks>Absent and invalid parameters are both null. An invalid one also sets <see cref="Problem"/>, which the caller must check last.</remarks>
internal sealed class QueryReader(HttpRequest request)
{
    /// <summary>The default number of items per page.</summary>
    public const int LimitDefault = 50;

    /// <summary>The maximum number of items per page.</summary>
    public const int LimitMax = 500;

    private readonly IQueryCollection _query = request.Query;

    /// <summary>The reply to a request with invalid parameters; null if no fault was found so far.</summary>
    public ProblemReply? Problem { get; private set; }

    /// <summary>Reads the maximum number of items per page.</summary>
    public int Limit()
    {
        if (Text(QueryNames.Limit) is not { } text)
        {
            return LimitDefault;
        }

        if (WholeNumber.TryParse(text, out long limit) && limit is >= 1 and <= LimitMax)
        {
            return (int)limit;
        }

        Refuse(QueryNames.Limit, $"must be a whole number from 1 to {LimitMax}");
        return LimitDefault;
    }

    /// <summary>Reads a payer.</summary>
    public PayerName? Payer()
    {
        if (Text(QueryNames.Payer) is not { } text)
        {
            return null;
        }

        if (!PayerName.TryCreate(text, out PayerName? payer, out string? error))
        {
            Refuse(QueryNames.Payer, error);
        }

        return payer;
    }

    /// <summary>Reads an instant.</summary>
    public Instant? Instant(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Rfc3339.TryParse(text, out DateTimeOffset value, out string? error))
        {
            return Ledger.Values.Instant.FromDateTimeOffset(value);
        }

        Refuse(name, text.Contains(' ', StringComparison.Ordinal) ? "contains a space, because + means a space in a query. Send %2B instead of +" : error);
        return null;
    }

    /// <summary>Reads a required day in UTC.</summary>
    public DateOnly? Day(string name)
    {
        const string Format = "yyyy-MM-dd";
        string? text = Text(name);
        if (DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            && day.ToString(Format, CultureInfo.InvariantCulture) == text)
        {
            return day;
        }

        Refuse(name, (text is null ? "is missing" : "is not a valid day") + ". Send a day such as 2026-11-01");
        return null;
    }

    /// <summary>Reads the beginning of the page, from the cursor of the previous page; null for the first page.</summary>
    /// <param name="scope">The list.</param>
    public string? Place(CursorScope scope)
    {
        if (Text(QueryNames.Cursor) is not { } cursor)
        {
            return null;
        }

        if (scope.TryRead(cursor, out string? place))
        {
            return place;
        }

        RefuseCursor();
        return null;
    }

    /// <summary>Refuses a cursor with an invented place.</summary>
    public void RefuseCursor() => Problem ??= new ProblemReply(
        ProblemTable.InvalidCursor,
        $"`{QueryNames.Cursor}` is not valid for this list and these parameters. Send the `nextCursor` of the previous page, or omit it to start over.",
        QueryNames.Cursor);

    /// <summary>Refuses a parameter.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="error">The fault and its fix, as the end of a sentence that begins with the name.</param>
    public void Refuse(string name, string error) => Problem ??= new ProblemReply(ProblemTable.InvalidParameter, $"`{name}` {error}.", name);

    /// <summary>The text of a parameter; null if it is absent.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out var values) ? values.ToString() : null;
}

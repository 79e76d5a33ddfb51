using Microsoft.Extensions.Options;
using Pointbook.Contracts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Spends;

/// <summary>Reads a command to spend points from a request.</summary>
internal sealed class SpendReader(JsonBody body, IOptions<HoldOptions> options)
{
    private readonly TimeSpan _durationMax = options.Value.DurationMax;

    /// <summary>Reads the command from a request of the resource API.</summary>
    public async ValueTask<Parsed<SpendPoints>> ReadAsync(HttpRequest request, AccountId account)
    {
        Parsed<SpendRequest> parsed = await body.ReadAsync(request, RequestJson.Default.SpendRequest);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        SpendRequest spend = parsed.Value;
        TimeSpan? hold = null;
        if (spend.Hold is not null)
        {
            if (HoldFault(spend.Hold, out TimeSpan duration) is { } problem)
            {
                return problem;
            }

            hold = duration;
        }

        SpendPoints command = new(account, new Points(spend.Points)) { Hold = hold };
        Parsed<SpendPoints> told = RequestTexts.Apply(command, spend.Reference, spend.Reason);
        return told.IsRefused ? told.Problem : RequestOrigin.Apply(request, told.Value);
    }

    /// <summary>Reads the command from a request of the classic route.</summary>
    public async ValueTask<Parsed<SpendPoints>> ReadClassicAsync(HttpRequest request, AccountId account)
    {
        Parsed<ClassicSpendRequest> parsed = await body.ReadAsync(request, RequestJson.Default.ClassicSpendRequest);
        return parsed.IsRefused
            ? parsed.Problem
            : RequestOrigin.Apply(request, new SpendPoints(account, new Points(parsed.Value.Points)));
    }

    private ProblemReply? HoldFault(string text, out TimeSpan duration)
    {
        const string Name = "hold";
        if (!IsoDuration.TryParseTime(text, out duration, out string? error))
        {
            return new ProblemReply(ProblemTable.InvalidDuration, $"`{Name}` {error}.", Name);
        }

        return duration >= HoldOptions.DurationMin && duration <= _durationMax
            ? null
            : new ProblemReply(
                ProblemTable.InvalidDuration,
                $"`{Name}` is {IsoDuration.Write(duration)}. Send a duration from {IsoDuration.Write(HoldOptions.DurationMin)} to {IsoDuration.Write(_durationMax)}.",
                Name);
    }
}

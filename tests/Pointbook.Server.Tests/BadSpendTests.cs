using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>Invalid bodies of spends, on both the classic and the ledger route.</summary>
public sealed class BadSpendTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    /// <summary>Body, status, code and member.</summary>
    public static TheoryData<string, int, string, string?> Bodies { get; } = new()
    {
        { "", 400, "empty_body", null },
        { "points=5", 400, "malformed_json", null },
        { "5", 400, "wrong_type", null },
        { "{}", 400, "missing_member", "points" },
        { """{"points":5,"payer":"DANNON"}""", 400, "unknown_member", "payer" },
        { """{"POINTS":5}""", 400, "unknown_member", "POINTS" },
        { """{"points":5,"points":5}""", 400, "duplicate_member", "points" },
        { """{"points":"5"}""", 400, "wrong_type", "points" },
        { """{"points":5.0}""", 400, "wrong_type", "points" },
        { """{"points":5e0}""", 400, "wrong_type", "points" },
        { """{"points":null}""", 400, "wrong_type", "points" },
        { """{"points":[5]}""", 400, "wrong_type", "points" },
        { """{"points":9223372036854775808}""", 400, "points_out_of_range", "points" },
        { """{"points":0}""", 400, "points_not_positive", "points" },
        { """{"points":-5}""", 400, "points_not_positive", "points" },
        { """{"points":501}""", 422, "insufficient_points", "points" },
        { """{"points":9223372036854775807}""", 422, "insufficient_points", "points" },
        { """{"points":5}5""", 400, "malformed_json", null },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task An_invalid_spend_is_refused_and_changes_nothing(string body, int status, string code, string? member)
    {
        foreach (string path in (string[])["/spend", "/v1/accounts/alice/spends"])
        {
            Reply reply = (await seeded.Server.PostAsync(path, body)).AssertIs(status, code);
            Assert.Equal(member, reply.Problem.Member);
        }

        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task The_refusal_of_an_overspend_states_the_numbers()
    {
        Reply reply = (await seeded.Server.PostAsync("/spend", """{"points":501}""")).AssertIs(422, "insufficient_points");
        Assert.Equal(
            """
            {"type":"urn:pointbook:problem:insufficient_points","title":"The account has too few points for the spend.","status":422,
            "detail":"The account has 500 points, and the spend needs 501. Nothing was written. Spend at most the available points.",
            "code":"insufficient_points","retry":"when_points_arrive","member":"points","available":500,"requested":501}
            """.ReplaceLineEndings(""),
            reply.Body);
    }

    [Fact]
    public async Task The_refusal_of_a_deduction_states_the_numbers_and_the_payer()
    {
        Reply reply = await seeded.Server.PostAsync(
            "/v1/accounts/alice/transactions", """{"payer":"NOBODY","points":-7,"timestamp":"2020-10-31T10:00:00Z"}""");
        Contracts.Problem problem = reply.AssertIs(422, "insufficient_payer_points").Problem;
        Assert.Equal((0L, 7UL, "NOBODY", "when_points_arrive"), (problem.Available, problem.Requested, problem.Payer, problem.Retry));
        await seeded.AssertUnchangedAsync();
    }
}

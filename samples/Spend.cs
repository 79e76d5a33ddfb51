// Spends 5,000 points of the account default, oldest first across payers, and prints what each payer gave.
// dotnet run samples/Spend.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise; the key, if the server needs one, in POINTBOOK_KEY)
#:project ../src/Pointbook.Client
using Pointbook.Client;
using Pointbook.Contracts;

string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";

using HttpClient http = new() { BaseAddress = new Uri(address) };
PointbookClient client = new(http, new PointbookClientOptions { ApiKey = Environment.GetEnvironmentVariable("POINTBOOK_KEY") });
try
{
    Spend spend = await client.SpendAsync("default", new SpendRequest(5000));
    foreach (Allocation line in spend.Allocations)
    {
        Console.WriteLine($"{line.Payer} {line.Points}");
    }
}
catch (PointbookException refused)
{
    Console.WriteLine($"{refused.Code}: {refused.Message}");
}

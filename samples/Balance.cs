// Prints the balance of each payer of the account default.
// dotnet run samples/Balance.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise; the key, if the server needs one, in POINTBOOK_KEY)
#:project ../src/Pointbook.Client
using Pointbook.Client;
using Pointbook.Contracts;

string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";

using HttpClient http = new() { BaseAddress = new Uri(address) };
PointbookClient client = new(http, new PointbookClientOptions { ApiKey = Environment.GetEnvironmentVariable("POINTBOOK_KEY") });
Balance balance = await client.ReadBalanceAsync("default");
foreach (PayerBalance line in balance.Payers)
{
    Console.WriteLine($"{line.Payer} {line.Points}");
}

Console.WriteLine($"in all {balance.Points}");

// Empties the account default and prints what is left.
// dotnet run samples/FlushDb.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise; the key, if the server needs one, in POINTBOOK_KEY)
#:project ../src/Pointbook.Client
using Pointbook.Client;
using Pointbook.Contracts;

string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";

using HttpClient http = new() { BaseAddress = new Uri(address) };
PointbookClient client = new(http, new PointbookClientOptions { ApiKey = Environment.GetEnvironmentVariable("POINTBOOK_KEY") });
Flush flush = await client.FlushAsync("default");
Balance balance = await client.ReadBalanceAsync("default");
Console.WriteLine($"{flush.Entries} entries; {balance.Points} points and {balance.Payers.Count} payers are left");

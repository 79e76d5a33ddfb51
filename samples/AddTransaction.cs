// Adds the five transactions of the worked example to the account default, in the order in which they arrive.
// dotnet run samples/AddTransaction.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise; the key, if the server needs one, in POINTBOOK_KEY)
#:project ../src/Pointbook.Client
using Pointbook.Client;
using Pointbook.Contracts;

string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";

using HttpClient http = new() { BaseAddress = new Uri(address) };
PointbookClient client = new(http, new PointbookClientOptions { ApiKey = Environment.GetEnvironmentVariable("POINTBOOK_KEY") });
TransactionRequest[] transactions =
[
    new("DANNON", 1000, At("2020-11-02T14:00Z")),
    new("UNILEVER", 200, At("2020-10-31T11:00Z")),
    new("DANNON", -200, At("2020-10-31T15:00Z")),
    new("MILLER COORS", 10000, At("2020-11-01T14:00Z")),
    new("DANNON", 300, At("2020-10-31T10:00Z")),
];

foreach (TransactionRequest transaction in transactions)
{
    Transaction added = await client.AddTransactionAsync("default", transaction);
    Console.WriteLine($"{added.Id} {added.Kind} {added.Payer} {added.Points}");
}

static DateTimeOffset At(string timestamp) => DateTimeOffset.Parse(timestamp, System.Globalization.CultureInfo.InvariantCulture);

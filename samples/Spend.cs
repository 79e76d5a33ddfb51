// Spends 5,000 points, oldest first across payers, and prints what each payer gave.
// dotnet run samples/Spend.cs [address]      (or POINTBOOK_URL; http://127.0.0.1:5080 otherwise)
using System.Text;

string address = args.FirstOrDefault() ?? Environment.GetEnvironmentVariable("POINTBOOK_URL") ?? "http://127.0.0.1:5080";

using HttpClient client = new() { BaseAddress = new Uri(address) };
using StringContent body = new("""{"points":5000}""", Encoding.UTF8, "application/json");
using HttpResponseMessage reply = await client.PostAsync(new Uri("/spend", UriKind.Relative), body);
Console.WriteLine($"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");

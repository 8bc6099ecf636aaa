using System.Globalization;

namespace AutoDev.Synthesis.Tests;

/// <summary>Customer e-mails as they come: the invoice in many forms and places among other numbers, or no invoice at all.</summary>
sealed class Mail(int seed)
{
    readonly Random _random = new(seed);

    public List<(string Input, string? Output)> Take(int count, bool withSome = true, double without = 0.15) =>
        Enumerable.Range(0, count).Select(i => _random.NextDouble() < without && !(withSome && i < 2) ? WithoutInvoice() : WithInvoice()).ToList();

    string Pick(params string[] options) => options[_random.Next(options.Length)];

    string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(i => _random.Next(i == 0 ? 1 : 0, 10).ToString(CultureInfo.InvariantCulture)));

    public (string Input, string? Output) WithInvoice()
    {
        var id = Digits(_random.Next(4) == 0 ? 6 : 5);
        var reference = Pick($"INV-{id}", $"INV-{id}", $"inv_{id}", $"INV{id}", $"Invoice INV {id}", $"invoice INV-{id}", $"Inv-{id}", $"invoice inv{id}",
            $"INV_{id}", $"Invoice #{id}", $"invoice no. {id}", $"INVOICE: {id}");
        var mail = _random.Next(8) switch
        {
            0 => $"Hi, I have a question about {reference}, it seems wrong.",
            1 => $"Subject: {reference} overdue?\n\nHello,\n{Noise()} Could you check?\n\n{Signature()}",
            2 => $"Dear team,\n\n{Noise()}\n\n{reference}\n\n{Signature()}",
            3 => $"Hello, {Noise()} Please resend {reference}",
            4 => $"{Noise()} {Noise()} The amount on {reference} should be {Amount()}. {Signature()}",
            5 => $"Re: {reference}\nI paid on {Date()}. {Noise()}\n{Signature()}",
            6 => $"Please find attached our payment for {reference} ({Amount()}).\n{Signature()}",
            _ => $"Good morning,\ncan you tell me why ({reference}) was charged twice? {Noise()}\n{Signature()}",
        };
        return (mail, id);
    }

    public (string Input, string? Output) WithoutInvoice() => (_random.Next(6) switch
    {
        0 => $"Hello, {Noise()} When will it arrive?\n{Signature()}",
        1 => $"Subject: Opening hours\n\nHi,\nare you open on {Date()}?\n{Signature()}",
        2 => $"Where can I download the invoice for order {Digits(5)}?\n{Signature()}",
        3 => $"Hi, my last invoice was fine, but {Noise()}\n{Signature()}",
        4 => $"I never got the goods. {Noise()} {Noise()}\n{Signature()}",
        _ => $"Dear team,\nplease call me back. {Noise()}\n{Signature()}",
    }, null);

    string Noise() => _random.Next(7) switch
    {
        0 => $"My order {Digits(4)} has not arrived.",
        1 => $"Order #{Digits(5)} was fine.",
        2 => $"The tracking number is 1Z{Digits(8)}.",
        3 => $"I was charged {Amount()} on {Date()}.",
        4 => $"Customer number {Digits(6)}.",
        5 => $"You can reach me at {Phone()}.",
        _ => "Thank you for the quick answer last time.",
    };

    string Amount() => Pick($"{_random.Next(1, 9)},{Digits(3)}.00 EUR", $"{_random.Next(10, 999)}.{Digits(2)} EUR", $"${_random.Next(10, 999)}.50",
        $"EUR {Digits(4)}");
    string Date() => Pick($"2026-0{_random.Next(1, 9)}-1{_random.Next(0, 9)}", $"1{_random.Next(0, 9)}/0{_random.Next(1, 9)}/2026",
        $"March {_random.Next(1, 28)}, 2026");
    string Phone() => Pick($"+49 30 {Digits(7)}", $"(555) {Digits(3)}-{Digits(4)}", $"0{Digits(3)} {Digits(6)}");
    string Signature() => Pick("Best, Ann", $"Kind regards\nJohn Smith\n{Phone()}", $"Thanks!\nMaria Lopez\nAcme Ltd, {_random.Next(1, 200)} High Street",
        "Regards");
}

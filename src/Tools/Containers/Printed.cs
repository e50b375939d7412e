namespace MeshMcp.Tools.Containers;

/// <summary>What a program printed, as much as a model should read: beginning and end.</summary>
static class Printed
{
    /// <summary>Bytes of both streams in an answer as it is sent.</summary>
    public const int Usual = 7500, Most = 200_000;

    /// <param name="max">Bytes of both together; errors get half of it if they need it.</param>
    /// <returns>Both, and how many characters were left out.</returns>
    public static (string Output, string Errors, int LeftOut) Bounded(string output, string errors, int max)
    {
        var (first, second) = (SizeOf(output), SizeOf(errors));
        if (first + second <= max) return (output, errors, 0);
        var forErrors = Math.Min(second, Math.Max(max / 2, max - first));
        var (shown, left) = Cut(output, max - forErrors);
        var (shownErrors, leftErrors) = Cut(errors, forErrors);
        return (shown, shownErrors, left + leftErrors);
    }

    static (string Shown, int LeftOut) Cut(string text, int max)
    {
        if (SizeOf(text) <= max) return (text, 0);
        var (head, tail, size) = (0, text.Length, 0);
        while (size + SizeOf(text[head]) <= max / 2) size += SizeOf(text[head++]);
        while (size + SizeOf(text[tail - 1]) <= max) size += SizeOf(text[--tail]);
        // Whole lines, where they are not too long, and whole characters.
        if (text.LastIndexOf('\n', head - 1, head) is var end && end >= head / 2) head = end + 1;
        else if (char.IsHighSurrogate(text[head - 1])) head--;
        if (text.IndexOf('\n', tail - 1) is var begin && begin >= 0 && begin < tail + (text.Length - tail) / 2) tail = begin + 1;
        else if (char.IsLowSurrogate(text[tail])) tail++;
        return ($"{text[..head]}{(text[head - 1] == '\n' ? "" : "\n")}… {tail - head} characters are left out …\n{text[tail..]}", tail - head);
    }

    static int SizeOf(string text) => text.Sum(SizeOf);

    /// <summary>In JSON.</summary>
    static int SizeOf(char c) => c is '"' or '\\' or < ' ' ? 2 : c < 128 ? 1 : 3;
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace MeshMcp.Contracts.Flows;

/// <summary>The kinds of value that fields take, each read into the normal form that Open vSwitch prints.</summary>
static class FieldValues
{
    static readonly string[] ConnectionStates = ["new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"];
    static readonly string[] TcpFlagNames = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns"];
    static readonly string[] Fragments = ["no", "yes", "first", "later", "not_later"];

    public static Reading InPort(string text) => FlowPort.Read(text, output: false);

    /// <summary>A number printed in decimal; hexadecimal when masked.</summary>
    public static Func<string, Reading> Number(ulong max, bool maskable = false) => text => Masked(text, max, maskable, Decimal);

    /// <summary>A number printed in hexadecimal.</summary>
    public static Func<string, Reading> Hex(ulong max, bool maskable = true) => text => Masked(text, max, maskable, v => v == 0 ? "0" : Hexadecimal(v));

    public static Reading EtherType(string text) => Masked(text, 0xffff, false, v => $"0x{v:x4}");

    public static Reading VlanId(string text) =>
        text is "0xffff" or "65535" ? Reading.Of("0xffff") : Masked(text, 0xfff, false, Decimal);

    /// <summary>Zero alone means "no tag", whatever the rest of the field holds.</summary>
    public static Reading VlanTci(string text) =>
        TryNumber(text, out var whole) && whole == 0 ? Reading.Of("0x0000/0x1fff") : Masked(text, 0xffff, true, v => $"0x{v:x4}", v => $"0x{v:x4}");

    /// <summary>The two lowest bits are not part of the type of service.</summary>
    public static Reading Tos(string text) => Masked(text, 0xff, false, v => Decimal(v & 0xfc));

    public static Reading Fragment(string text) => Array.Find(Fragments, f => f == text) is { } known ? Reading.Of(known)
        : Reading.Bad($"{Shown(text)} is not one of {string.Join(", ", Fragments)}");

    public static Reading ConnectionState(string text) => Signs(text, ConnectionStates);

    public static Reading TcpFlags(string text)
    {
        if (text is ['+' or '-', ..]) return Signs(text, TcpFlagNames);
        if (text is [>= '0' and <= '9', ..])
        {
            var limit = (1UL << TcpFlagNames.Length) - 1;
            var (value, mask) = Halves(text);
            if (!TryNumber(value, out var bits) || bits > limit) return Reading.Bad($"{Shown(value)} is not a set of TCP flags (0-0x{limit:x})");
            if (mask is null) return Reading.Of(Bars(bits));
            if (!TryNumber(mask, out var wanted) || wanted > limit) return Reading.Bad($"{Shown(mask)} is not a mask (0-0x{limit:x})");
            return wanted == 0 ? Reading.Any : Reading.Of(Signs(bits, wanted, TcpFlagNames));
        }
        var named = text.Split('|');
        return named.FirstOrDefault(n => !TcpFlagNames.Contains(n)) is { } unknown
            ? Reading.Bad($"{Shown(unknown)} is not a TCP flag ({string.Join(", ", TcpFlagNames)})")
            : Reading.Of(Bars(named.Aggregate(0UL, (bits, n) => bits | (1UL << Array.IndexOf(TcpFlagNames, n)))));
    }

    public static Reading Mac(string text)
    {
        var (value, mask) = Halves(text);
        if (!TryMac(value, out var address)) return Reading.Bad($"{Shown(value)} is not a MAC address (six groups of two hexadecimal digits, 02:00:00:00:00:01)");
        if (mask is null) return Reading.Of(MacText(address));
        if (!TryMac(mask, out var bits)) return Reading.Bad($"{Shown(mask)} is not a mask for a MAC address (ff:ff:ff:00:00:00)");
        return bits == 0 ? Reading.Any
            : Reading.Of(bits == 0xffff_ffff_ffff ? MacText(address) : $"{MacText(address & bits)}/{MacText(bits)}");
    }

    public static Reading Ipv4(string text)
    {
        var (value, mask) = Halves(text);
        if (!TryIpv4(value, out var address)) return Reading.Bad($"{Shown(value)} is not an IPv4 address");
        var bits = uint.MaxValue;
        if (mask is not null)
        {
            if (int.TryParse(mask, NumberStyles.None, null, out var prefix) && prefix <= 32)
                bits = prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);
            else if (!TryIpv4(mask, out bits))
                return Reading.Bad($"{Shown(mask)} is not a prefix length (0-32) or a mask");
        }
        if (bits == 0) return Reading.Any;
        var length = BitOperations.LeadingZeroCount(~bits);
        var suffix = bits == uint.MaxValue ? "" : bits == uint.MaxValue << (32 - length) ? $"/{length}" : $"/{Ipv4Text(bits)}";
        return Reading.Of(Ipv4Text(address & bits) + suffix);
    }

    public static Reading Ipv6(string text)
    {
        var (value, mask) = Halves(text);
        if (value.Any(c => !char.IsAsciiHexDigit(c) && c is not (':' or '.')) || !IPAddress.TryParse(value, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            return Reading.Bad($"{Shown(value)} is not an IPv6 address");
        var prefix = 128;
        if (mask is not null && (!int.TryParse(mask, NumberStyles.None, null, out prefix) || prefix > 128))
            return Reading.Bad($"{Shown(mask)} is not a prefix length (0-128)");
        if (prefix == 0) return Reading.Any;
        var bytes = address.GetAddressBytes();
        for (var bit = prefix; bit < 128; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return Reading.Of(new IPAddress(bytes) + (prefix == 128 ? "" : $"/{prefix}"));
    }

    public static bool TryNumber(string text, out ulong number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out number)
            : ulong.TryParse(text, NumberStyles.None, null, out number);

    /// <summary>A text the caller sent, short enough to repeat.</summary>
    public static string Shown(string text) => text.Length == 0 ? "nothing" : $"\"{(text.Length > 40 ? text[..40] + "…" : text)}\"";

    static Reading Masked(string text, ulong max, bool maskable, Func<ulong, string> print, Func<ulong, string>? printMasked = null)
    {
        var (value, mask) = maskable ? Halves(text) : (text, null);
        if (!TryNumber(value, out var number)) return Reading.Bad($"{Shown(value)} is not a number");
        if (number > max) return Reading.Bad($"{Shown(value)} is out of range (0-{max})");
        if (mask is null) return Reading.Of(print(number));
        if (!TryNumber(mask, out var bits) || bits > max) return Reading.Bad($"{Shown(mask)} is not a mask (0-0x{max:x})");
        printMasked ??= Hexadecimal;
        return bits == 0 ? Reading.Any : Reading.Of(bits == max ? print(number) : $"{printMasked(number & bits)}/{printMasked(bits)}");
    }

    static Reading Signs(string text, string[] names)
    {
        ulong bits = 0, mask = 0;
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOfAny(['+', '-'], at + 1) is var next and >= 0 ? next : text.Length;
            var flag = text[(at + 1)..end];
            var index = Array.IndexOf(names, flag);
            if (text[at] is not ('+' or '-') || index < 0) return Reading.Bad($"{Shown(text[at..end])} is not a flag: write + or - before each of {string.Join(", ", names)}");
            if ((mask & (1UL << index)) != 0) return Reading.Bad($"{flag} is given twice");
            mask |= 1UL << index;
            if (text[at] == '+') bits |= 1UL << index;
            at = end;
        }
        return mask == 0 ? Reading.Bad($"nothing is given: write + or - before each of {string.Join(", ", names)}") : Reading.Of(Signs(bits, mask, names));
    }

    static string Signs(ulong bits, ulong mask, string[] names) =>
        string.Concat(names.Select((name, i) => (mask & (1UL << i)) == 0 ? "" : ((bits & (1UL << i)) != 0 ? "+" : "-") + name));

    static string Bars(ulong bits) => bits == 0 ? "0" : string.Join('|', TcpFlagNames.Where((_, i) => (bits & (1UL << i)) != 0));

    static string Decimal(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    static string Hexadecimal(ulong value) => $"0x{value:x}";

    static (string Value, string? Mask) Halves(string text) =>
        text.IndexOf('/') is var slash and >= 0 ? (text[..slash], text[(slash + 1)..]) : (text, null);

    static bool TryMac(string text, out ulong address)
    {
        address = 0;
        var groups = text.Split(':');
        foreach (var group in groups)
        {
            if (group.Length is < 1 or > 2 || !byte.TryParse(group, NumberStyles.AllowHexSpecifier, null, out var value)) return false;
            address = (address << 8) | value;
        }
        return groups.Length == 6;
    }

    static string MacText(ulong address) => string.Join(':', Enumerable.Range(0, 6).Select(i => $"{(address >> (40 - (8 * i))) & 0xff:x2}"));

    static bool TryIpv4(string text, out uint address)
    {
        address = 0;
        var groups = text.Split('.');
        foreach (var group in groups)
        {
            if (group.Length is < 1 or > 3 || !byte.TryParse(group, NumberStyles.None, null, out var value)) return false;
            address = (address << 8) | value;
        }
        return groups.Length == 4;
    }

    static string Ipv4Text(uint address) => $"{address >> 24}.{(address >> 16) & 0xff}.{(address >> 8) & 0xff}.{address & 0xff}";
}

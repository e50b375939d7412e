using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.State;

/// <summary>A kind of text that states and requests hold, with its rule.</summary>
public sealed partial class TextKind
{
    public static readonly TextKind Device = new("device name: 1 to 15 letters, digits, dots, dashes or underscores, a letter, digit or underscore first", DeviceForm().IsMatch);

    public static readonly TextKind Ipv4 = new("IPv4 address", text => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text);

    /// <summary>In letters of the Latin alphabet: others look like these.</summary>
    public static readonly TextKind Host = new("host name or IPv4 address", text => text.All(char.IsAscii) && Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4);

    /// <summary>Of a server: where it is, and nothing else. The architecture document's placeholders are of this form too.</summary>
    public static readonly TextKind ServerUrl = new("address of a server, such as https://mesh.example:8081: http or https, a name or an address, and a port", ServerUrlForm().IsMatch);

    readonly string _words;
    readonly Func<string, bool> _holds;

    TextKind(string words, Func<string, bool> holds) => (_words, _holds) = (words, holds);

    public bool Holds(string text) => _holds(text);

    /// <summary>Null for a text of this kind.</summary>
    public Problem? FaultOf(string path, string text) => _holds(text) ? null : new(path, $"\"{text}\" is no {_words}.");

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}\z")]
    private static partial Regex DeviceForm();

    [GeneratedRegex(@"\Ahttps?://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|<[A-Za-z0-9-]{1,63}>)(:[0-9]{1,5})?/?\z")]
    private static partial Regex ServerUrlForm();
}

using System.Text;
using QRCoder;

namespace MeshMcp.Cli.Output;

/// <summary>A QR code in half blocks, dark on light, for the camera of a telephone.</summary>
static class QrText
{
    public static string Of(string content)
    {
        using var code = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.L, forceUtf8: true);
        var (rows, text) = (code.ModuleMatrix, new StringBuilder());
        for (var y = 0; y < rows.Count; y += 2)
        {
            for (var x = 0; x < rows[y].Count; x++)
                text.Append((rows[y][x], y + 1 < rows.Count && rows[y + 1][x]) switch { (true, true) => ' ', (true, false) => '▄', (false, true) => '▀', _ => '█' });
            text.Append('\n');
        }
        return text.ToString();
    }
}

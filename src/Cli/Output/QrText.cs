using QRCoder;

namespace MeshMcp.Cli.Output;

/// <summary>A text as a QR code out of half blocks, for a phone's camera in front of a terminal.</summary>
static class QrText
{
    public static string Of(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.L);
        using var picture = new AsciiQRCode(code);
        return picture.GetGraphicSmall();
    }
}

using QRCoder;

namespace MeshMcp.Tools.Tunnels;

/// <summary>A QR code as a PNG image, for the camera of a telephone.</summary>
static class QrImage
{
    const int PixelsPerModule = 6;

    public static byte[] Of(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.L, forceUtf8: true);
        using var image = new PngByteQRCode(code);
        return image.GetGraphic(PixelsPerModule);
    }
}

using ModelContextProtocol.Protocol;
using QRCoder;

namespace MeshMcp.Tools.Answers;

/// <summary>A text as a QR code, for a phone's camera.</summary>
public static class QrImage
{
    const int PixelsPerModule = 6;

    public static ImageContentBlock Of(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.L, forceUtf8: true);
        using var picture = new PngByteQRCode(code);
        return ImageContentBlock.FromBytes(picture.GetGraphic(PixelsPerModule), "image/png");
    }
}

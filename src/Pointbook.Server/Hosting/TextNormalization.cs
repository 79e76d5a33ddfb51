using System.Text;

namespace Pointbook.Server.Hosting;

/// <summary>Checks that the process supports normalization form C. Payers are compared in it, and globalization-invariant mode silently omits it.</summary>
internal static class TextNormalization
{
    /// <summary>Runs the check.</summary>
    /// <exception cref="StartRefusedException">This process does not support it.</exception>
    public static void Check()
    {
        if (!string.Equals("e\u0301".Normalize(NormalizationForm.FormC), "\u00E9", StringComparison.Ordinal))
        {
            throw new StartRefusedException(
                "Pointbook can't start in globalization-invariant mode, because it could then store equal payer names as different ones. "
                + "Install ICU (libicu) and set System.Globalization.Invariant to false.");
        }
    }
}

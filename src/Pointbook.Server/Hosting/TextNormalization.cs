using System.Text;

namespace Pointbook.Server.Hosting;

/// <summary>Payers are compared in normalization form C, which the globalization-invariant mode silently leaves out.</summary>
internal static class TextNormalization
{
    /// <summary>Tries it out.</summary>
    /// <exception cref="StartRefusedException">It does not work in this process.</exception>
    public static void Check()
    {
        if (!string.Equals("e\u0301".Normalize(NormalizationForm.FormC), "\u00E9", StringComparison.Ordinal))
        {
            throw new StartRefusedException(
                "Pointbook does not start in globalization-invariant mode because equal payer names could then be kept as different ones; "
                + "install ICU (libicu) and set System.Globalization.Invariant to false.");
        }
    }
}

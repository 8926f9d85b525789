package congkhai.interop;

import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * veraPDF as a command: {@code FLAVOUR FILE…}, the flavour as veraPDF writes it, e.g. {@code 3b}.
 *
 * <p>Prints one line for each file: its verdict, the number of rules checked against it, the file, and every rule that
 * it breaks, separated by tabs. Ends with 0 when it could do its work, whatever the verdict; with 2 when called wrongly.
 */
public final class Conformance {
    private Conformance() {}

    /** Judges the files. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2 || PDFAFlavour.fromString(arguments[0]) == PDFAFlavour.NO_FLAVOUR) {
            System.err.println("usage: FLAVOUR FILE…");
            System.exit(2);
        }
        LogManager.getLogManager().reset();
        Logger.getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.fromString(arguments[0]);
        for (int place = 1; place < arguments.length; place++) {
            System.out.println(judge(arguments[place], flavour));
        }
    }

    private static String judge(String file, PDFAFlavour flavour) throws Exception {
        try (InputStream stream = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(stream, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            Set<String> broken = new TreeSet<>();
            for (TestAssertion one : result.getTestAssertions()) {
                if (one.getStatus() == TestAssertion.Status.FAILED) {
                    broken.add(one.getRuleId().getClause() + "-" + one.getRuleId().getTestNumber() + " "
                            + one.getMessage().replaceAll("\\s+", " "));
                }
            }
            return String.join("\t", result.isCompliant() ? "conformant" : "broken",
                    String.valueOf(result.getTotalAssertions()), file, String.join("\t", broken));
        }
    }
}

package congkhai.interop;

import eu.europa.esig.validationreport.ValidationReportFacade;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * EU DSS as a command: {@code verify} judges files, {@code sign} makes them, {@code schema}
 * holds validation reports against the schema of TS 119 102-2. See {@link Options} for what each takes.
 *
 * <p>Ends with 0 when it could do its work, whatever the verdict; with 2 when it was called wrongly.
 */
public final class Main {
    private Main() {}

    /** Runs one of the two verbs. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            System.err.println("usage: verify|sign|schema OPTIONS FILE…");
            System.exit(2);
        }
        Options options = Options.read(Arrays.copyOfRange(arguments, 1, arguments.length));
        switch (arguments[0]) {
            case "verify" -> new Verify(options).run();
            case "sign" -> new Sign(options).run();
            case "schema" -> {
                for (Path file : options.files()) {
                    ValidationReportFacade.newFacade().unmarshall(file.toFile());
                }
            }
            default -> {
                System.err.println("unknown verb " + arguments[0]);
                System.exit(2);
            }
        }
    }
}

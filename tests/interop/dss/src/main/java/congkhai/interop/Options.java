package congkhai.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.HashMap;

/**
 * What the command line says.
 *
 * <pre>
 * both    --trust DIR     self-signed certificates in it are anchors, the others help, *.crl and *.ocsp/*.ors are used
 *         --time ISO      moment to judge at, or to sign at (the services' too); with zone, e.g. 2026-11-20T03:00:00Z
 * verify  --policy FILE   validation policy instead of DSS's own
 *         --limit N       seconds for one file; 30
 *         --reports DIR   simple and detailed report of each file are written there
 * sign    --key FILE --password TEXT --out FILE
 *         --form xml|asice  --level B|T|LT|LTA  --packaging enveloped|enveloping|internally-detached  --pss
 *         --tsa URL       timestamp service; OCSP and CRL addresses are those in the certificates
 * </pre>
 */
record Options(Map<String, String> values, List<Path> files) {
    private static final List<String> FLAGS = List.of("pss");

    static Options read(String[] arguments) {
        Map<String, String> values = new HashMap<>();
        List<Path> files = new ArrayList<>();
        for (int at = 0; at < arguments.length; at++) {
            if (!arguments[at].startsWith("--")) {
                files.add(Path.of(arguments[at]));
            } else if (FLAGS.contains(arguments[at].substring(2))) {
                values.put(arguments[at].substring(2), "yes");
            } else {
                values.put(arguments[at].substring(2), arguments[++at]);
            }
        }
        return new Options(values, files);
    }

    String need(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }

    String get(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }
}

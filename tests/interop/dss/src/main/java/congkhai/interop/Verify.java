package congkhai.interop;

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Judges files offline and prints one JSON line for each: path, signatures, or the reason why it refused the file. */
final class Verify {
    private static final long STACK = 16L << 20;

    private final Options options;

    Verify(Options options) {
        this.options = options;
    }

    void run() throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (Path file : options.files()) {
            String line;
            try {
                line = limited(file);
            } catch (ExecutionException refused) {
                line = refused(file, refused.getCause());
            } catch (TimeoutException slow) {
                line = refused(file, slow);
            }
            out.println(line);
        }
        out.flush();
        System.exit(0); // a file beyond its time may still be worked at
    }

    private String limited(Path file) throws Exception {
        FutureTask<String> work = new FutureTask<>(() -> judge(file));
        Thread thread = new Thread(null, work, "judge", STACK);
        thread.setDaemon(true);
        thread.start();
        return work.get(Long.parseLong(options.get("limit", "30")), TimeUnit.SECONDS);
    }

    private static String refused(Path file, Throwable why) {
        return Json.object("path", file.toString(), "refused", String.valueOf(why), "signatures", List.of());
    }

    private String judge(Path file) throws Exception {
        // Every file gets a verifier of its own: what one file brings along must not help another.
        CommonCertificateVerifier verifier = Trust.load(Path.of(options.need("trust")));
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file.toFile()));
        validator.setCertificateVerifier(verifier);
        validator.setLocale(Locale.ENGLISH);
        if (options.has("time")) {
            validator.setValidationTime(Date.from(OffsetDateTime.parse(options.need("time")).toInstant()));
        }
        Reports reports = options.has("policy")
                ? validator.validateDocument(Path.of(options.need("policy")).toFile())
                : validator.validateDocument();
        if (options.has("reports")) {
            Path base = Path.of(options.need("reports")).resolve(file.getFileName() + ".simple.xml");
            Files.writeString(base, reports.getXmlSimpleReport());
            Files.writeString(base.resolveSibling(file.getFileName() + ".detailed.xml"), reports.getXmlDetailedReport());
            Files.writeString(base.resolveSibling(file.getFileName() + ".etsi.xml"), reports.getXmlValidationReport());
        }
        return describe(file, reports);
    }

    private static String describe(Path file, Reports reports) {
        SimpleReport simple = reports.getSimpleReport();
        DiagnosticData data = reports.getDiagnosticData();
        List<Object> signatures = new ArrayList<>();
        for (String id : simple.getSignatureIdList()) {
            SubIndication sub = simple.getSubIndication(id);
            signatures.add(Json.raw(Json.object(
                    "id", data.getSignatureById(id).getDAIdentifier(),
                    "indication", simple.getIndication(id).name(),
                    "sub_indication", sub == null ? null : sub.name(),
                    "level", simple.getSignatureFormat(id).name(),
                    "best_signature_time", simple.getBestSignatureTime(id).toInstant().toString(),
                    "scope", simple.getSignatureScopes(id).stream()
                            .map(one -> (Object) (one.getScope() + " " + one.getName())).toList(),
                    "timestamps", simple.getSignatureTimestamps(id).stream()
                            .map(one -> (Object) (one.getIndication() + " " + one.getSubIndication())).toList(),
                    "errors", texts(simple.getAdESValidationErrors(id)),
                    "warnings", texts(simple.getAdESValidationWarnings(id)))));
        }
        return Json.object(
                "path", file.toString(),
                "container", simple.getContainerType() == null ? null : simple.getContainerType().name(),
                "signatures", signatures);
    }

    private static List<Object> texts(List<Message> messages) {
        return messages.stream().map(one -> (Object) one.getValue()).toList();
    }
}

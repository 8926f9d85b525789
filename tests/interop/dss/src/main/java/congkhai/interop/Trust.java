package congkhai.interop;

import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The trust folder of our own verifier, as DSS wants it: the same anchors, the same revocation data, no network. */
final class Trust {
    private Trust() {}

    static CommonCertificateVerifier load(Path folder) throws IOException, CertificateException {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        CommonCertificateSource others = new CommonCertificateSource();
        List<DSSDocument> lists = new ArrayList<>();
        List<DSSDocument> replies = new ArrayList<>();
        for (Path file : files(folder)) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            byte[] data = Files.readAllBytes(file);
            if (name.matches(".*\\.(pem|crt|cer|der)")) {
                for (CertificateToken one : certificates(data)) {
                    if (one.isSelfSigned()) {
                        anchors.addCertificate(one);
                    } else {
                        others.addCertificate(one);
                    }
                }
            } else if (name.endsWith(".crl")) {
                lists.add(new InMemoryDocument(data));
            } else if (name.matches(".*\\.(ors|ocsp)")) {
                replies.add(new InMemoryDocument(data));
            }
        }
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setAIASource(null);
        verifier.setTrustedCertSources(anchors);
        verifier.setAdjunctCertSources(others);
        verifier.setCrlSource(new ExternalResourcesCRLSource(lists.toArray(new DSSDocument[0])));
        verifier.setOcspSource(new ExternalResourcesOCSPSource(replies.toArray(new DSSDocument[0])));
        return verifier;
    }

    /** Reads DER, or every block of a PEM file. */
    private static List<CertificateToken> certificates(byte[] data) throws CertificateException {
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(data)).stream()
                .map(one -> new CertificateToken((X509Certificate) one))
                .toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }
}

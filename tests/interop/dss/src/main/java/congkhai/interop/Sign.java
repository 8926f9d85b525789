package congkhai.interop;

import eu.europa.esig.dss.alert.SilentOnStatusAlert;
import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.service.tsp.OnlineTSPSource;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.nio.file.Path;
import java.security.KeyStore.PasswordProtection;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;

/** Signs one XML file, or puts files into an ASiC-E or ASiC-S container, at the level asked for, as DSS does it by default. */
final class Sign {
    private final Options options;

    Sign(Options options) {
        this.options = options;
    }

    void run() throws Exception {
        CommonCertificateVerifier verifier = Trust.load(Path.of(options.need("trust")));
        if (options.has("tsa")) {
            verifier.setOcspSource(new OnlineOCSPSource(new Web(time(), "application/ocsp-request")));
            verifier.setCrlSource(new OnlineCRLSource(new Web(time(), "application/octet-stream")));
        }
        // The moment is the caller's, not this machine's: certificates of the tests may have run out long ago.
        verifier.setAlertOnExpiredCertificate(new SilentOnStatusAlert());
        verifier.setAlertOnNotYetValidCertificate(new SilentOnStatusAlert());
        char[] password = options.need("password").toCharArray();
        try (Pkcs12SignatureToken token =
                new Pkcs12SignatureToken(Path.of(options.need("key")).toFile(), new PasswordProtection(password))) {
            DSSPrivateKeyEntry key = token.getKeys().get(0);
            DSSDocument signed = options.get("form", "xml").startsWith("asic")
                    ? container(verifier, token, key)
                    : xml(verifier, token, key);
            signed.save(options.need("out"));
        }
    }

    private DSSDocument xml(CommonCertificateVerifier verifier, Pkcs12SignatureToken token, DSSPrivateKeyEntry key) {
        XAdESService service = new XAdESService(verifier);
        tsa(service::setTspSource);
        XAdESSignatureParameters parameters = new XAdESSignatureParameters();
        common(parameters, key);
        String packaging = options.get("packaging", "enveloped").toUpperCase(Locale.ROOT).replace('-', '_');
        parameters.setSignaturePackaging(SignaturePackaging.valueOf(packaging));
        DSSDocument file = new FileDocument(options.files().get(0).toFile());
        var value = token.sign(service.getDataToSign(file, parameters), parameters.getSignatureAlgorithm(), key);
        return service.signDocument(file, parameters, value);
    }

    private DSSDocument container(
            CommonCertificateVerifier verifier, Pkcs12SignatureToken token, DSSPrivateKeyEntry key) {
        ASiCWithXAdESService service = new ASiCWithXAdESService(verifier);
        tsa(service::setTspSource);
        ASiCWithXAdESSignatureParameters parameters = new ASiCWithXAdESSignatureParameters();
        common(parameters, key);
        parameters.aSiC().setContainerType(
                options.need("form").equals("asics") ? ASiCContainerType.ASiC_S : ASiCContainerType.ASiC_E);
        List<DSSDocument> files = new ArrayList<>();
        options.files().forEach(one -> files.add(new FileDocument(one.toFile())));
        var value = token.sign(service.getDataToSign(files, parameters), parameters.getSignatureAlgorithm(), key);
        return service.signDocument(files, parameters, value);
    }

    private void common(XAdESSignatureParameters parameters, DSSPrivateKeyEntry key) {
        parameters.setSignatureLevel(SignatureLevel.valueOf("XAdES_BASELINE_" + options.get("level", "B")));
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(key.getCertificate());
        parameters.setCertificateChain(key.getCertificateChain());
        if (options.has("pss")) {
            parameters.setEncryptionAlgorithm(EncryptionAlgorithm.RSASSA_PSS);
        }
        parameters.bLevel().setSigningDate(Date.from(time().toInstant()));
    }

    private OffsetDateTime time() {
        return OffsetDateTime.parse(options.need("time"));
    }

    private void tsa(java.util.function.Consumer<OnlineTSPSource> use) {
        if (options.has("tsa")) {
            use.accept(new OnlineTSPSource(options.need("tsa"), new Web(time(), "application/timestamp-query")));
        }
    }
}

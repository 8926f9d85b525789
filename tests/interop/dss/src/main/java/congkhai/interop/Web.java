package congkhai.interop;

import eu.europa.esig.dss.model.DSSException;
import eu.europa.esig.dss.spi.client.http.DataLoader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** Asks the test services on loopback, and tells them what time it is; refuses every other address. */
final class Web implements DataLoader {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'+0000'");
    private final HttpClient client = HttpClient.newHttpClient();
    private final String now;
    private String contentType = "application/octet-stream";

    Web(OffsetDateTime now, String contentType) {
        this.now = STAMP.format(now.withOffsetSameInstant(ZoneOffset.UTC));
        setContentType(contentType);
    }

    @Override
    public byte[] get(String url) {
        return send(request(url).GET());
    }

    @Override
    public DataAndUrl get(List<String> urls) {
        return new DataAndUrl(urls.get(0), get(urls.get(0)));
    }

    @Override
    public byte[] post(String url, byte[] content) {
        return send(request(url)
                .header("Content-Type", contentType)
                .POST(HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    @Override
    public void setContentType(String type) {
        contentType = type;
    }

    private HttpRequest.Builder request(String url) {
        URI address = URI.create(url);
        if (!"127.0.0.1".equals(address.getHost())) {
            throw new DSSException("not on loopback: " + url);
        }
        return HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(30))
                .header("X-Certomancer-Fake-Time", now);
    }

    private byte[] send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new DSSException("answered " + answer.statusCode());
            }
            return answer.body();
        } catch (IOException error) {
            throw new DSSException("no answer", error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new DSSException("interrupted", error);
        }
    }
}

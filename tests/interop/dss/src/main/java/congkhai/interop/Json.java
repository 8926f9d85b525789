package congkhai.interop;

import java.util.List;
import java.util.stream.Collectors;

/** Writes the few JSON shapes that are needed here. */
final class Json {
    private Json() {}

    /** Text that is JSON already. */
    record Raw(String text) {}

    static Raw raw(String text) {
        return new Raw(text);
    }

    /** Returns an object of alternating names and values: text, null, {@link Raw} or a list of those. */
    static String object(Object... pairs) {
        StringBuilder out = new StringBuilder("{");
        for (int at = 0; at < pairs.length; at += 2) {
            out.append(at == 0 ? "" : ",").append(value(pairs[at])).append(':').append(value(pairs[at + 1]));
        }
        return out.append('}').toString();
    }

    private static String value(Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Raw raw) {
            return raw.text();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Json::value).collect(Collectors.joining(",", "[", "]"));
        }
        return value.toString().chars().mapToObj(Json::escape).collect(Collectors.joining("", "\"", "\""));
    }

    private static String escape(int unit) {
        return unit < 0x20 || unit == '"' || unit == '\\' ? String.format("\\u%04x", unit) : String.valueOf((char) unit);
    }
}

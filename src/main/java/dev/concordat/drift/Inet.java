package dev.concordat.drift;

import dev.concordat.store.Form;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Network addresses as text, as RFC 4291 and PostgreSQL write them. Pure. */
final class Inet {
    private Inet() {}

    /** The address in hexadecimal, with the network's length unless it is a single host; a text that is no address stays as it is. */
    static String canonical(Form form, String text) {
        String address = form.padded() ? text.stripTrailing() : text;
        int slash = address.indexOf('/');
        byte[] bytes = parse(slash < 0 ? address : address.substring(0, slash));
        if (bytes == null) {
            return address;
        }
        int bits = bytes.length * 8;
        String network = "";
        if (slash >= 0) {
            String length = address.substring(slash + 1);
            if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
                return address;
            }
            network = Integer.parseInt(length) == bits ? "" : "/" + Integer.parseInt(length);
        }
        String hex = HexFormat.of().formatHex(bytes);
        return (form.digits() == Form.MAPPED && bytes.length == 4 ? "00000000000000000000ffff" + hex : hex) + network;
    }

    /** No name is ever looked up. Null: no address. */
    private static byte[] parse(String text) {
        if (text.indexOf(':') < 0) {
            return v4(text);
        }
        String[] halves = text.split("::", -1);
        if (halves.length > 2) {
            return null;
        }
        byte[] head = groups(halves[0], halves.length == 1);
        byte[] tail = halves.length == 1 ? new byte[0] : groups(halves[1], true);
        if (head == null || tail == null || (halves.length == 1 ? head.length != 16 : head.length + tail.length > 14)) {
            return null;
        }
        byte[] bytes = new byte[16];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(tail, 0, bytes, 16 - tail.length, tail.length);
        return bytes;
    }

    /** Groups of four digits, the last of which may be an IPv4 address. */
    private static byte[] groups(String text, boolean last) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] groups = text.split(":", -1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < groups.length; i++) {
            if (last && i == groups.length - 1 && groups[i].indexOf('.') >= 0) {
                byte[] v4 = v4(groups[i]);
                if (v4 == null) {
                    return null;
                }
                bytes.writeBytes(v4);
            } else {
                if (!groups[i].matches("[0-9a-fA-F]{1,4}")) {
                    return null;
                }
                int group = Integer.parseInt(groups[i], 16);
                bytes.write(group >> 8);
                bytes.write(group);
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] v4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return null;
        }
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            if (!parts[i].matches("\\d{1,3}") || Integer.parseInt(parts[i]) > 255) {
                return null;
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }
}

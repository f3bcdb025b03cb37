package dev.concordat.playground.databases;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority and one server certificate signed by it, as PEM files, made with the JDK's keytool: nothing else needs to be installed.
 * For servers on this machine only; the keys lie unprotected in the folder.
 *
 * @param authority   the authority's certificate, what a client trusts
 * @param certificate the server's certificate
 * @param key         the server's private key, PKCS#8
 */
public record TestCertificates(Path authority, Path certificate, Path key) {
    private static final String STORE_PASSWORD = "concordat";

    /**
     * Writes {@code ca.crt}, {@code tls.crt} and {@code tls.key} into the folder.
     *
     * @param names the server's alternative names in keytool's form, such as {@code DNS:localhost} or {@code IP:127.0.0.1}
     */
    public static TestCertificates create(Path folder, String... names) throws IOException, GeneralSecurityException {
        Files.createDirectories(folder);
        Path store = folder.resolve("store.p12");
        Files.deleteIfExists(store);
        keytool(store, "-genkeypair", "-alias", "ca", "-dname", "CN=Concordat test authority", "-keyalg", "EC", "-validity", "3650", "-ext", "bc:c=ca:true", "-ext", "ku:c=keyCertSign,cRLSign");
        keytool(store, "-genkeypair", "-alias", "server", "-dname", "CN=Concordat test server", "-keyalg", "EC", "-validity", "3650",
                "-signer", "ca", "-ext", "san=" + String.join(",", names), "-ext", "eku=serverAuth");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD.toCharArray());
        }
        var key = keys.getKey("server", STORE_PASSWORD.toCharArray());
        return new TestCertificates(
                pem(folder.resolve("ca.crt"), "CERTIFICATE", keys.getCertificate("ca").getEncoded()),
                pem(folder.resolve("tls.crt"), "CERTIFICATE", keys.getCertificate("server").getEncoded()),
                pem(folder.resolve("tls.key"), "PRIVATE KEY", key.getEncoded()));
    }

    private static void keytool(Path store, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", STORE_PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) throw new IOException("keytool " + arguments[0] + " failed: " + output);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool ran", e);
        }
    }

    private static Path pem(Path file, String type, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content);
        return Files.writeString(file, "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
    }
}

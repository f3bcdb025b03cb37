package dev.concordat.drift;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A network between a client and a server of this machine that fails after so many bytes, counted over both directions and all connections: byte
 * {@code n + 1} never arrives, every connection is reset, and no other is accepted.
 */
final class CuttingProxy implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int serverPort;
    private final long most;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private long bytes;
    private boolean cut;

    CuttingProxy(int serverPort, long most) throws IOException {
        this.serverPort = serverPort;
        this.most = most;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    synchronized long bytes() {
        return bytes;
    }

    /** Whether bytes were withheld. */
    synchronized boolean isCut() {
        return cut;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                open.add(client);
                open.add(server);
                if (isCut()) {
                    close();
                }
                Thread.ofVirtual().start(() -> forward(client, server));
                Thread.ofVirtual().start(() -> forward(server, client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void forward(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int n;
            while ((n = in.read(buffer)) > 0) {
                int allowed;
                synchronized (this) {
                    allowed = (int) Math.min(n, most - bytes);
                    bytes += allowed;
                    cut |= allowed < n;
                }
                out.write(buffer, 0, allowed);
                out.flush();
                if (allowed < n) {
                    close();
                    return;
                }
            }
            from.close();
            to.close();
        } catch (IOException e) {
            reset(from);
            reset(to);
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // Closed already.
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            // Nothing depends on it.
        }
        open.forEach(CuttingProxy::reset);
    }
}

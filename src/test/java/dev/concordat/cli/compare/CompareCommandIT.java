package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.playground.databases.TestCertificates;
import dev.concordat.testing.Databases;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as people run it: the packaged program, in a process of its own, started by the launcher, against real databases. */
class CompareCommandIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path LAUNCHER = Path.of("concordat").toAbsolutePath();
    private static final JsonSchema SCHEMA = schema();

    @TempDir
    Path folder;

    private final DatabaseServer source = Databases.postgres();
    private final DatabaseServer target = Databases.mariaDb();
    private final String sourceDatabase;
    private final String targetDatabase;
    private final Map<String, String> env = new TreeMap<>();

    CompareCommandIT() throws Exception {
        sourceDatabase = Databases.freshDatabase(source);
        targetDatabase = Databases.freshDatabase(target);
        env.put("CONCORDAT_SOURCE_PASSWORD", source.password());
        env.put("CONCORDAT_TARGET_PASSWORD", target.password());
    }

    private static JsonSchema schema() {
        try {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(Files.readString(Path.of("docs/compare.schema.json")));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private record Ended(int code, String out, String err) {
        JsonNode json() throws IOException {
            JsonNode json = JSON.readTree(out);
            assertThat(SCHEMA.validate(json)).as("violations of docs/compare.schema.json by %s", out).isEmpty();
            return json;
        }

        Ended line(String... parts) {
            assertThat(err.lines().toList()).as("standard error, with standard output %s", out).hasSize(1);
            assertThat(err).startsWith("concordat compare: ").contains(parts).doesNotContain("Exception", "\tat ");
            return this;
        }

        Ended code(int expected) {
            assertThat(code).as("exit code; standard output: %s%nstandard error: %s", out, err).isEqualTo(expected);
            return this;
        }
    }

    private Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", LAUNCHER.toString(), "compare"));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("CONCORDAT_") || name.startsWith("PG"));
        builder.environment().put("CONCORDAT_NO_BUILD", "1");
        builder.environment().put("HOME", folder.toString());
        // The JVM takes the home folder from the account, not from the environment.
        builder.environment().put("CONCORDAT_JAVA_OPTS", "-Duser.home=" + folder);
        builder.environment().putAll(env);
        return builder.start();
    }

    private Ended run(String... args) throws Exception {
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "compare"));
        command.addAll(List.of(args));
        Process process = start(args);
        Thread reader = Thread.ofVirtual().start(() -> copy(process.getErrorStream(), err));
        copy(process.getInputStream(), out);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
        reader.join();
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static void copy(java.io.InputStream in, Path to) {
        try (var out = Files.newOutputStream(to)) {
            in.transferTo(out);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20").replace(".", "%2E");
    }

    private String url(DatabaseServer server, String database, String table) {
        return (server instanceof MariaDbServer ? "mariadb" : "postgresql") + "://" + server.superuser() + "@" + server.host() + ":" + server.port() + "/" + database + "/" + table;
    }

    private String sourceUrl() {
        return url(source, sourceDatabase, "t");
    }

    private String targetUrl() {
        return url(target, targetDatabase, "t");
    }

    private void both(String script) throws Exception {
        source.execute(sourceDatabase, script);
        target.execute(targetDatabase, script);
    }

    private void orders() throws Exception {
        both("create table t (id int primary key, status varchar(20), amount decimal(10,2), v int)");
        both("insert into t values (1, 'paid', 1.50, 1), (2, 'paid', 2.50, 1), (3, 'sent', 3.50, 2)");
    }

    @Test
    void inSyncIsZeroAndTheResultIsJsonWhileProgressIsOnStandardError() throws Exception {
        orders();
        env.put("CONCORDAT_JAVA_OPTS", "-Duser.home=" + folder + " -Dconcordat.terminals=2");
        // The property given last counts: the launcher's own, of streams that are no terminals, comes first.
        Ended ended = run(sourceUrl(), targetUrl(), "-o", "json", "--stats").code(0);
        JsonNode json = ended.json();
        assertThat(json.path("verdict").asText()).isEqualTo("InSync");
        assertThat(json.path("reason").asText()).isEqualTo("NoDrift");
        assertThat(json.at("/rows/source").asLong()).isEqualTo(3);
        assertThat(json.path("records")).isEmpty();
        assertThat(json.at("/stats/connections").asInt()).isEqualTo(2);
        assertThat(ended.err()).contains("\r\u001b[K").doesNotContain("concordat compare:");
    }

    @Test
    void driftIsOneAndEveryFormatShowsIt() throws Exception {
        orders();
        target.execute(targetDatabase, "update t set status = 'late, \"lost\"', v = 2 where id = 1; delete from t where id = 2; insert into t values (9, null, 0, 1)");
        String[] args = {sourceUrl(), targetUrl(), "--version", "v", "--settle", "0s"};
        JsonNode json = run(with(args, "-o", "json")).code(1).json();
        assertThat(json.path("verdict").asText()).isEqualTo("Drift");
        assertThat(json.at("/counts/ahead").asInt() + json.at("/counts/missingOnTarget").asInt() + json.at("/counts/orphanOnTarget").asInt()).isEqualTo(3);
        JsonNode ahead = find(json.path("records"), "Ahead");
        assertThat(ahead.at("/key/id").asText()).isEqualTo("1");
        assertThat(ahead.at("/versions/target").asText()).isEqualTo("2");
        assertThat(ahead.path("fields")).anySatisfy(field -> assertThat(field.path("target").asText()).isEqualTo("late, \"lost\""));

        List<String> lines = run(with(args, "-o", "ndjson")).code(1).out().lines().toList();
        assertThat(lines).hasSize(4);
        for (String line : lines) {
            assertThat(SCHEMA.validate(JSON.readTree(line))).as(line).isEmpty();
        }
        assertThat(JSON.readTree(lines.getLast()).path("verdict").asText()).isEqualTo("Drift");

        Ended csv = run(with(args, "-o", "csv")).code(1);
        assertThat(csv.out()).startsWith("kind,key.id,field,source,target,sourceVersion,targetVersion\r\n").contains("Ahead,1,status,paid,\"late, \"\"lost\"\"\",1,2\r\n", "MissingOnTarget,2,,,,1,\r\n");
        csv.line("Drift: 3 of 4 records differ");

        Ended text = run(args).code(1);
        assertThat(text.out()).startsWith("DRIFT  3 of 4 records differ").contains("missing on the target", "id=1", "version 1 -> 2", "status: 'paid' -> 'late, \"lost\"'").doesNotContain("\u001b");
        assertThat(text.err()).isEmpty();
    }

    private static String[] with(String[] args, String... more) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static JsonNode find(JsonNode records, String kind) {
        for (JsonNode record : records) {
            if (record.path("kind").asText().equals(kind)) {
                return record;
            }
        }
        throw new AssertionError("no record of kind " + kind + " in " + records);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json", "ndjson", "csv"})
    void aRedactedKeyIsInNothingThatIsPrinted(String format) throws Exception {
        source.execute(sourceDatabase, "create table t (id bigint primary key, v int); insert into t select 5172936000 + g, g from generate_series(1, 100) g");
        target.execute(targetDatabase, "create table t (id bigint primary key, v int); insert into t select 5172936000 + seq, seq * (seq > 3) from seq_2_to_101");
        Ended told = run(sourceUrl(), targetUrl(), "--redact", "id", "--scope", "range:5172936000..5172937000", "--stats", "--settle", "0s", "-o", format).code(1);
        assertThat(told.out()).contains("(redacted)");
        assertThat(told.out() + told.err()).doesNotContain("5172936");
    }

    @Test
    void columnsCanBeChosenRenamedExcludedAndRedacted() throws Exception {
        source.execute(sourceDatabase, "create table t (id int primary key, status text, secret text, only_here int); insert into t values (1, 'a', 'x', 1)");
        target.execute(targetDatabase, "create table t (ID int primary key, state varchar(20), secret varchar(20)); insert into t values (1, 'b', 'y')");
        run(sourceUrl(), targetUrl()).code(2).line("source: ", "status", "only_here", "--map status=NAME", "--exclude");
        run(sourceUrl(), targetUrl(), "--map", "status=state").code(2).line("only_here", "--exclude only_here");
        JsonNode json = run(sourceUrl(), targetUrl(), "--map", "status=state", "--exclude", "only_here", "--redact", "secret", "--settle", "0s", "-o", "json").code(1).json();
        assertThat(json.at("/records/0/fields").toString()).contains("\"status\"", "(redacted)").doesNotContain("\"x\"", "\"y\"");
        run(sourceUrl(), targetUrl(), "--map", "status=state", "--columns", "id", "-o", "json").code(0);
        run(sourceUrl(), targetUrl(), "--map", "status=state", "--exclude", "only_here", "--redact", "ID", "--resume", "state").code(2).line("--resume: ", "key column id", "do not redact the key");
        run(sourceUrl(), targetUrl(), "--columns", "nope").code(2).line("--columns: ", "no column nope");
        run(sourceUrl(), targetUrl(), "--version", "status", "--map", "status=state").code(2).line("--version: ", "text", "integers or timestamps");
    }

    @Test
    void aContractWithItsPortsForwarded() throws Exception {
        orders();
        Path contract = Files.writeString(folder.resolve("contract.yaml"), """
                apiVersion: v1
                kind: Secret
                metadata: {name: other}
                ---
                apiVersion: concordat.dev/v1alpha1
                kind: SyncContract
                metadata: {name: orders, namespace: shop}
                spec:
                  version: 1.0.0
                  owner: {team: data}
                  source: {system: s, store: {type: PostgreSQL, host: orders-db.shop.svc, port: 5432, database: %s, table: t, credentials: {secretName: a}}}
                  target: {system: t, store: {type: MariaDB, host: storefront-db.shop.svc, port: 3306, database: elsewhere, table: t, credentials: {secretName: b}}}
                  record: {key: [id], version: {field: v, kind: Counter}}
                  verification: {schedule: {every: 1h}, settle: 10ms}
                """.formatted(sourceDatabase));
        String[] forwarded = {"-f", contract.toString(), "--source-url", "postgresql://" + source.host() + ":" + source.port(), "--source-user", source.superuser(),
            "--target-url", "mariadb://" + target.superuser() + "@" + target.host() + ":" + target.port() + "/" + targetDatabase};
        assertThat(run(forwarded).code(0).out()).startsWith("IN SYNC  none of 3 records differs");
        target.execute(targetDatabase, "update t set status = 'lost' where id = 3");
        assertThat(run(forwarded).code(1).out()).contains("Diverged");
        run("-f", contract.toString(), "--source-user", "x", "--target-user", "y").code(2).line("spec.source.store: ", "orders-db.shop.svc", "port-forward", "--source-url");
    }

    @Test
    void whatTheServersRefuseIsTwoAndNamesTheRemedy() throws Exception {
        orders();
        run(url(source, sourceDatabase, "gone"), targetUrl()).code(2).line("source: ", "\"public\".\"gone\"", "does not exist");
        run(sourceUrl(), url(target, "gone", "t")).code(2).line("target: ", "database gone does not exist");
        source.execute("postgres", "drop role if exists cli_reader; create role cli_reader login password 'cli-secret'");
        env.put("CONCORDAT_SOURCE_PASSWORD", "cli-secret");
        run(sourceUrl().replace(source.superuser() + "@", "cli_reader@"), targetUrl()).code(2).line("source: ", "cli_reader", "GRANT SELECT ON \"public\".\"t\" TO <account>");
        env.put("CONCORDAT_SOURCE_PASSWORD", "wrong");
        Ended refused = run(sourceUrl().replace(source.superuser() + "@", "cli_reader@"), targetUrl(), "-o", "json").code(2).line("source: ", "refused the account cli_reader", "--source-password-file");
        assertThat(refused.json().path("reason").asText()).isEqualTo("AuthenticationFailed");
        assertThat(refused.out() + refused.err()).doesNotContain("wrong");
    }

    @Test
    void aServerThatIsNotThereIsThree() throws Exception {
        int free;
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        JsonNode json = run("postgresql://u@127.0.0.1:" + free + "/d/t", targetUrl(), "-o", "json").code(3).line("source: ", "does not accept connections").json();
        assertThat(json.path("verdict").asText()).isEqualTo("Incomplete");
        assertThat(json.path("reason").asText()).isEqualTo("StoreUnreachable");
        assertThat(json.path("rows").isNull()).isTrue();
    }

    @Test
    void passwordsComeFromTheClientsOwnFiles() throws Exception {
        orders();
        env.clear();
        run(sourceUrl(), targetUrl()).code(2).line("source: no password is given", "CONCORDAT_SOURCE_PASSWORD", "--source-password-file", "~/.pgpass", "prompt");
        Path pgpass = Files.writeString(folder.resolve(".pgpass"), source.host() + ":*:" + sourceDatabase + ":" + source.superuser() + ":" + source.password() + "\n");
        Files.setPosixFilePermissions(pgpass, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(run(sourceUrl(), targetUrl()).code(2).err()).contains("chmod 600", "no password is given");
        Files.setPosixFilePermissions(pgpass, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        Files.writeString(folder.resolve(".my.cnf"), "[client]\nuser = " + target.superuser() + "\npassword = \"" + target.password() + "\"\n");
        run(sourceUrl(), targetUrl().replace(target.superuser() + "@", "")).code(0);
    }

    @Test
    void anInterruptionIs130AndTheSameCommandGoesOn() throws Exception {
        both("create table t (id int primary key, a varchar(64), b varchar(64))");
        source.execute(sourceDatabase, "insert into t select i, md5(i::text), md5((i + 1)::text) from generate_series(1, 400000) i");
        target.execute(targetDatabase, "insert into t select seq, md5(seq), md5(seq + 1) from seq_1_to_400000");
        target.execute(targetDatabase, "update t set a = 'x' where id = 7");
        Path state = folder.resolve("state.json");
        String[] args = {sourceUrl(), targetUrl(), "--resume", state.toString(), "--max-load", "5", "--threads", "1", "--settle", "0s", "-o", "json"};
        Process process = start(args);
        await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(state) || !process.isAlive());
        assertThat(process.isAlive()).as("still comparing at its first checkpoint").isTrue();
        // The launcher has replaced itself by the program.
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(err).startsWith("concordat compare: interrupted; the same command goes on from " + state).hasLineCount(1);
        assertThat(process.getInputStream().readAllBytes()).isEmpty();
        long rowsBefore = JSON.readTree(Files.readString(state)).at("/checkpoint/rows/source").asLong();
        assertThat(rowsBefore).isBetween(1L, 399_999L);
        run(sourceUrl(), url(target, "another", "t"), "--resume", state.toString()).code(2).line("--resume", "belongs to the comparison of");
        Path copy = Files.copy(state, folder.resolve("copy.json"));
        run(sourceUrl(), targetUrl(), "--resume", copy.toString(), "--scope", "range:1..10", "--settle", "0s").code(1).line("the state in " + copy, "started again");
        JsonNode json = run(args[0], args[1], args[2], args[3], "--threads", "1", "--settle", "0s", "-o", "json").code(1).json();
        assertThat(json.at("/rows/source").asLong()).isEqualTo(400_000);
        assertThat(json.path("records")).hasSize(1);
        assertThat(state).doesNotExist();
    }

    @Test
    void onATerminalThePasswordIsAskedForAndNotShownAndColourCanBeRefused() throws Exception {
        orders();
        env.clear();
        // A terminal for all three streams, as in a login; what is typed goes in once its question is there.
        Process process = terminal(LAUNCHER + " compare " + sourceUrl() + " " + targetUrl());
        StringBuilder shown = new StringBuilder();
        answer(process, shown, "Password for source " + source.superuser() + "@", source.password());
        answer(process, shown, "Password for target " + target.superuser() + "@", target.password());
        shown.append(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertThat(process.waitFor()).as("%s", shown).isZero();
        assertThat(shown.toString()).contains("\u001b[1;32mIN SYNC\u001b[0m").doesNotContain(source.password(), target.password());

        // Standard output is a file: the question is on the terminal all the same.
        Path out = folder.resolve("result.json");
        process = terminal(LAUNCHER + " compare " + sourceUrl() + " " + targetUrl() + " -o json > " + out);
        shown.setLength(0);
        answer(process, shown, "Password for source ", source.password());
        answer(process, shown, "Password for target ", target.password());
        shown.append(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertThat(process.waitFor()).as("%s", shown).isZero();
        assertThat(shown.toString()).doesNotContain(source.password(), target.password());
        assertThat(JSON.readTree(Files.readString(out)).path("verdict").asText()).isEqualTo("InSync");

        env.putAll(Map.of("CONCORDAT_SOURCE_PASSWORD", source.password(), "CONCORDAT_TARGET_PASSWORD", target.password(), "NO_COLOR", "1"));
        process = terminal(LAUNCHER + " compare " + sourceUrl() + " " + targetUrl());
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("IN SYNC").doesNotContain("\u001b[1;");
    }

    private Process terminal(String command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("script", "-qec", command, "/dev/null").redirectErrorStream(true).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CONCORDAT_") || name.startsWith("PG"));
        builder.environment().putAll(Map.of("CONCORDAT_NO_BUILD", "1", "CONCORDAT_JAVA_OPTS", "-Duser.home=" + folder, "TERM", "xterm"));
        builder.environment().putAll(env);
        return builder.start();
    }

    private static void answer(Process process, StringBuilder shown, String question, String typed) throws IOException {
        StringBuilder now = new StringBuilder();
        int c;
        while (now.indexOf(question) < 0 || now.indexOf(": ", now.indexOf(question)) < 0) {
            c = process.getInputStream().read();
            assertThat(c).as("the terminal shows %s, so far: %s", question, now).isNotNegative();
            now.append((char) c);
        }
        shown.append(now);
        process.getOutputStream().write((typed + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    @Test
    void encryptionIsAskedForInTheUrl() throws Exception {
        orders();
        TestCertificates certificates = TestCertificates.create(Files.createDirectories(folder.resolve("tls")), "dns:localhost");
        try (DatabaseServer server = PostgresServer.start(DatabaseServer.Options.DEFAULT.withTls(new DatabaseServer.Tls(certificates.certificate(), certificates.key(), true)))) {
            server.createDatabase("shop");
            server.execute("shop", "create table t (id int primary key, status varchar(20), amount decimal(10,2), v int); insert into t values (1, 'paid', 1.50, 1), (2, 'paid', 2.50, 1), (3, 'sent', 3.50, 2)");
            env.put("CONCORDAT_SOURCE_PASSWORD", server.password());
            String url = "postgresql://" + server.superuser() + "@localhost:" + server.port() + "/shop/t";
            run(url, targetUrl()).code(2).line("source: TLS with", "sslmode");
            run(url + "?sslmode=require", targetUrl()).code(0);
            run(url + "?sslmode=verify-full&sslrootcert=" + encode(certificates.authority().toString()), targetUrl()).code(0);
            run(url.replace("localhost", "127.0.0.1") + "?sslmode=verify-full&sslrootcert=" + encode(certificates.authority().toString()), targetUrl()).code(2).line("source: TLS with");
        }
    }

    @Test
    void headIsEnough() throws Exception {
        both("create table t (id int primary key, a varchar(64))");
        source.execute(sourceDatabase, "insert into t select i, md5(i::text) from generate_series(1, 100000) i");
        Process process = start(sourceUrl(), targetUrl(), "--settle", "0s", "-o", "ndjson");
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(reader.readLine()).contains("MissingOnTarget");
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(process.getErrorStream().readAllBytes()).isEmpty();
    }

    @Test
    void emptyTablesViewsPartitionedTablesAndForeignTables() throws Exception {
        both("create table t (id int primary key, a int)");
        assertThat(run(sourceUrl(), targetUrl()).code(0).out()).contains("0 rows");
        source.execute(sourceDatabase, "insert into t values (1, 1)");
        assertThat(run(sourceUrl(), targetUrl(), "--settle", "0s").code(1).out()).contains("1  missing on the target");
        both("create view v as select * from t");
        run(url(source, sourceDatabase, "v"), url(target, targetDatabase, "v")).code(2).line("--key: ", "no primary key", "--key", "--no-key");
        assertThat(run(url(source, sourceDatabase, "v"), url(target, targetDatabase, "v"), "--key", "id", "--settle", "0s").code(1).out()).contains("id=1");
        source.execute(sourceDatabase, "create table p (id int primary key, a int) partition by range (id); create table p1 partition of p for values from (0) to (10); create table p2 partition of p default;"
                + "insert into p values (1, 1), (50, 2)");
        target.execute(targetDatabase, "create table p (id int primary key, a int) partition by hash (id) partitions 3; insert into p values (1, 1), (50, 3)");
        assertThat(run(url(source, sourceDatabase, "p"), url(target, targetDatabase, "p"), "--settle", "0s").code(1).out()).contains("id=50", "a: '2' -> '3'");
    }

    @Test
    void namesOfEveryKind() throws Exception {
        for (String name : List.of("select", "We\"ird`t", "emoji \uD83D\uDE00 table", "UPPER", "a.b/c?d#e%f", "it's; drop table t")) {
            boolean bmp = name.codePoints().allMatch(Character::isBmpCodePoint);
            String onTarget = bmp ? name : "emoji x";
            source.execute(sourceDatabase, "create table " + quote(name, '"') + " (id int primary key, " + quote("o\"r`der", '"') + " int)");
            source.execute(sourceDatabase, "insert into " + quote(name, '"') + " values (1, 2)");
            target.execute(targetDatabase, "create table " + quote(onTarget, '`') + " (id int primary key, " + quote("o\"r`der", '`') + " int)");
            target.execute(targetDatabase, "insert into " + quote(onTarget, '`') + " values (1, 2)");
            Ended ended = run(url(source, sourceDatabase, encode(name)), url(target, targetDatabase, encode(onTarget))).code(0);
            assertThat(ended.out()).contains(name);
            if (name.equals("UPPER")) {
                run(url(source, sourceDatabase, "upper"), url(target, targetDatabase, "UPPER")).code(2).line("source: ", "does not exist");
            }
            if (!bmp) {
                // As typed, without percent signs.
                run(url(source, sourceDatabase, name), url(target, targetDatabase, onTarget)).code(0);
            }
        }
    }

    private static String quote(String name, char quote) {
        return quote + name.replace(String.valueOf(quote), String.valueOf(quote) + quote) + quote;
    }

    @Test
    void scopesAreToldInTheResult() throws Exception {
        orders();
        JsonNode range = run(sourceUrl(), targetUrl(), "--scope", "range:2..3", "-o", "json").code(0).json();
        assertThat(range.at("/coverage/scope").asText()).isNotEqualTo("Full");
        assertThat(range.at("/rows/source").asLong()).isEqualTo(1);
        JsonNode sample = run(sourceUrl(), targetUrl(), "--scope", "sample:50", "-o", "json").code(3).json();
        assertThat(sample.path("verdict").asText()).isEqualTo("Incomplete");
        assertThat(sample.path("reason").asText()).isEqualTo("SampleOnly");
        Ended text = run(sourceUrl(), targetUrl(), "--scope", "sample:50").code(3);
        assertThat(text.out()).startsWith("INCOMPLETE").contains("a sample never proves");
        assertThat(text.err()).isEmpty();
        target.execute(targetDatabase, "update t set status = 'x' where id = 1");
        run(sourceUrl(), targetUrl(), "--where", "id > 1").code(0);
        run(sourceUrl(), targetUrl(), "--where", "nothing > 1").code(2).line("--where: ", "nothing");
        run(sourceUrl(), targetUrl(), "--scope", "window:v:1h").code(2).line("--scope: ", "field v");
        run(sourceUrl(), targetUrl(), "--scope", "window:gone:1h").code(2).line("--scope: ", "gone");
        run(sourceUrl(), targetUrl(), "--scope", "range:a..b").code(2).line("--scope: ", "'a'");
        JsonNode counted = run(sourceUrl(), targetUrl(), "--no-key", "--settle", "0s", "-o", "json").code(1).json();
        assertThat(counted.at("/counts/missingOnTarget").asInt()).isEqualTo(1);
        assertThat(counted.path("records")).isEmpty();
    }
}

package dev.concordat.cli.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.drift.Outcome;
import dev.concordat.report.RunReport;
import java.io.PrintStream;
import java.util.Collection;

/** JSON as docs/compare.schema.json describes it: one object, or one record per line and the summary last. */
final class JsonWriter implements ResultWriter {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private final PrintStream out;
    private final boolean lines;
    private final long maxRecords;
    private long written;

    JsonWriter(PrintStream out, boolean lines, long maxRecords) {
        this.out = out;
        this.lines = lines;
        this.maxRecords = maxRecords;
    }

    @Override
    public synchronized boolean record(RunReport.Record record) {
        if (!lines || written >= maxRecords) {
            return true;
        }
        written++;
        out.print(text(json(record), false) + "\n");
        return !out.checkError();
    }

    @Override
    public synchronized void done(Finding finding) {
        out.print(text(json(finding, !lines), !lines) + "\n");
        out.flush();
    }

    private static String text(JsonNode json, boolean pretty) {
        try {
            return (pretty ? MAPPER.writerWithDefaultPrettyPrinter() : MAPPER.writer()).writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param records whether the records are part of it, or were written before */
    ObjectNode json(Finding finding, boolean records) {
        Outcome outcome = finding.outcome();
        ObjectNode json = JSON.objectNode();
        json.put("verdict", Verdict.word(finding.verdict().verdict()));
        json.put("reason", finding.verdict().reason());
        json.put("message", finding.verdict().message());
        json.put("source", finding.source());
        json.put("target", finding.target());
        if (outcome.rows() != null) {
            json.putObject("rows").put("source", outcome.rows().source()).put("target", outcome.rows().target());
        } else {
            json.putNull("rows");
        }
        ObjectNode counts = json.putObject("counts");
        for (RunReport.Kind kind : RunReport.Kind.values()) {
            counts.put(kind.counter(), outcome.counts().getOrDefault(kind.counter(), 0L));
        }
        for (String name : RunReport.NOT_DRIFT) {
            counts.put(name, outcome.counts().getOrDefault(name, 0L));
        }
        if (records) {
            ArrayNode list = json.putArray("records");
            outcome.records().stream().limit(maxRecords).forEach(record -> list.add(json(record)));
        }
        ArrayNode fields = json.putArray("fields");
        for (RunReport.FieldCount field : outcome.fields()) {
            fields.addObject().put("name", field.name()).put("different", field.different()).put("hint", field.hint());
        }
        json.set("partitions", each(outcome.partitions()));
        json.set("gaps", each(outcome.gaps()));
        ArrayNode contradictions = json.putArray("contradictions");
        for (RunReport.Contradiction contradiction : outcome.contradictions()) {
            ObjectNode one = contradictions.addObject();
            one.set("key", MAPPER.valueToTree(contradiction.key()));
            one.put("reason", contradiction.reason());
            ArrayNode reads = one.putArray("reads");
            contradiction.reads().forEach(read -> {
                ArrayNode values = reads.addObject().put("name", read.name()).putArray("values");
                read.values().forEach(values::add);
            });
        }
        json.set("coverage", outcome.coverage() == null ? JSON.nullNode() : MAPPER.valueToTree(outcome.coverage()));
        json.put("plan", outcome.plan());
        json.set("timings", MAPPER.valueToTree(outcome.timings()));
        if (finding.stats() != null) {
            json.set("stats", MAPPER.valueToTree(finding.stats()));
        }
        return json;
    }

    private static ArrayNode each(Collection<?> values) {
        ArrayNode list = JSON.arrayNode();
        values.forEach(value -> list.add(MAPPER.<JsonNode>valueToTree(value)));
        return list;
    }

    private static ObjectNode json(RunReport.Record record) {
        ObjectNode json = JSON.objectNode();
        json.set("key", MAPPER.valueToTree(record.key()));
        json.put("kind", record.kind().word());
        ArrayNode fields = json.putArray("fields");
        // null is NULL, and always written: a member that is not there would be nothing said.
        record.fields().forEach(field -> fields.addObject().put("name", field.name()).put("source", field.source()).put("target", field.target()));
        if (record.versions() != null) {
            json.putObject("versions").put("source", record.versions().source()).put("target", record.versions().target());
        }
        return json;
    }
}

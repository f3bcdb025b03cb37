package dev.concordat.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.report.Clip;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on transitions, for {@code kubectl describe}. The name follows from what happened to whom, so that a repetition raises the count
 * of one event (the idea of EventUtils in apache/flink-kubernetes-operator). An event that cannot be written is logged and forgotten:
 * conditions carry the truth.
 */
final class EventRecorder {
    private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);
    /** Bytes. */
    private static final int MAX_MESSAGE = 1024;
    private final KubernetesClient client;
    private final Clock clock;

    EventRecorder(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    void normal(HasMetadata about, String reason, String message) {
        record(about, "Normal", reason, message);
    }

    void warning(HasMetadata about, String reason, String message) {
        record(about, "Warning", reason, message);
    }

    private void record(HasMetadata about, String type, String reason, String text) {
        String message = Clip.dottedBytes(text, MAX_MESSAGE);
        var meta = about.getMetadata();
        String name = meta.getName() + "." + Names.hash(about.getKind() + "/" + meta.getUid() + "/" + type + "/" + reason + "/" + message);
        String now = Times.print(clock.instant());
        try {
            var events = client.v1().events().inNamespace(meta.getNamespace());
            try {
                events.resource(event(about, type, reason, message, name, now)).create();
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409) {
                    throw e;
                }
                Event there = events.withName(name).get();
                if (there != null) {
                    ObjectNode patch = Serialization.jsonMapper().createObjectNode().put("count", (there.getCount() == null ? 1 : there.getCount()) + 1).put("lastTimestamp", now);
                    events.withName(name).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
                }
            }
        } catch (KubernetesClientException e) {
            log.warn("event=EventNotWritten object={}/{} reason={} code={} message={}", meta.getNamespace(), meta.getName(), reason, e.getCode(), e.getMessage());
        }
    }

    private static Event event(HasMetadata about, String type, String reason, String message, String name, String now) {
        var meta = about.getMetadata();
        return new EventBuilder()
                .withNewMetadata().withName(name).withNamespace(meta.getNamespace()).endMetadata()
                .withNewInvolvedObject().withApiVersion(about.getApiVersion()).withKind(about.getKind()).withNamespace(meta.getNamespace()).withName(meta.getName())
                .withUid(meta.getUid()).endInvolvedObject()
                .withType(type).withReason(reason).withMessage(message).withCount(1).withFirstTimestamp(now).withLastTimestamp(now)
                .withNewSource().withComponent("concordat").endSource()
                .withReportingComponent("concordat").withReportingInstance("concordat")
                .build();
    }
}

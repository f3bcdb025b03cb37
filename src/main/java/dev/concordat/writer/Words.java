package dev.concordat.writer;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.writer.Contracts.Holder;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What several messages about writers say. */
record Words(String namespace) {
    /** The kind as the API server spells it. */
    static String kind(WriterKind kind) {
        return switch (kind) {
            case DEPLOYMENT -> "Deployment";
        };
    }

    static String names(List<PausedWriter> writers) {
        return String.join(", ", writers.stream().map(PausedWriter::name).toList());
    }

    String place(WriterKind kind, String name) {
        return kind(kind) + " " + namespace + "/" + name;
    }

    String missing(PausedWriter w) {
        return "there is no " + place(w.kind(), w.name());
    }

    String unreadable(PausedWriter w) {
        return unreadable(w.kind(), w.name());
    }

    String unreadable(WriterKind kind, String name) {
        return place(kind, name) + ": annotation " + Api.CLAIMS + " is not a JSON object, so it is not known who holds this writer. Repair it, or scale the writer as it should be"
                + " and take all three annotations away: " + bare(kind, name);
    }

    /** Takes every annotation of ours off. */
    String bare(WriterKind kind, String name) {
        return "kubectl -n " + namespace + " annotate " + kind(kind).toLowerCase(Locale.ROOT) + " " + name + " " + Api.CLAIMS + "- " + Api.RESTORE + "- " + Api.PAUSE_UNTIL + "-";
    }

    String unknown(PausedWriter w) {
        return "nothing is recorded of its replicas, and they are not guessed. Scale it yourself: " + scale(w.kind(), w.name(), null);
    }

    /** @param replicas null when nobody knows */
    String scale(WriterKind kind, String name, Integer replicas) {
        return "kubectl -n " + namespace + " scale " + kind(kind).toLowerCase(Locale.ROOT) + " " + name + " --replicas=" + (replicas == null ? "N" : replicas.toString());
    }

    /** Contracts that hold a writer. @param live null when they could not be asked for */
    String names(Map<String, String> holders, Map<String, Holder> live) {
        return String.join(", ", holders.keySet().stream().map(uid -> {
            Holder holder = live == null ? null : live.get(uid);
            return holder == null ? "the contract with uid " + uid : "SyncContract " + holder.namespace() + "/" + holder.name();
        }).toList());
    }

    /** How to tell a GitOps tool to leave replicas alone. */
    static String hint(String manager) {
        String argo = "Argo CD: spec.ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}] with syncOption RespectIgnoreDifferences=true";
        String flux = "Flux: list /spec/replicas in the Kustomization's driftIgnoreRules";
        return switch (manager) {
            case "Argo CD" -> "It is managed by " + argo;
            case "Flux" -> "It is managed by " + flux;
            case null, default -> "If a GitOps tool does this, let it ignore replicas. " + argo + ". " + flux;
        };
    }
}

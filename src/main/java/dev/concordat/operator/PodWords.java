package dev.concordat.operator;

import io.fabric8.kubernetes.api.model.Pod;

/** What a pod says of itself, in the cluster's own words. Pure. */
final class PodWords {
    private PodWords() {}

    /** Why it has not started; null when it has, or nothing is known. */
    static String pending(Pod pod) {
        if (pod.getStatus() == null || !"Pending".equals(pod.getStatus().getPhase())) {
            return null;
        }
        String name = pod.getMetadata().getName();
        for (var container : pod.getStatus().getContainerStatuses()) {
            var waiting = container.getState() == null ? null : container.getState().getWaiting();
            if (waiting != null && waiting.getReason() != null && !waiting.getReason().equals("ContainerCreating")) {
                return "Pod " + name + " cannot start: " + waiting.getReason() + (waiting.getMessage() == null ? "" : ": " + waiting.getMessage());
            }
        }
        for (var condition : pod.getStatus().getConditions()) {
            if ("PodScheduled".equals(condition.getType()) && "False".equals(condition.getStatus()) && condition.getMessage() != null) {
                return "Pod " + name + " cannot be scheduled: " + condition.getMessage();
            }
        }
        return null;
    }
}

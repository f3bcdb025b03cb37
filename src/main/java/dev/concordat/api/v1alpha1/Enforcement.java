package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What an exhausted budget leads to. */
public enum Enforcement {
    /** Say what would be paused; touch nothing. */
    @JsonProperty("Observe") OBSERVE,
    /** Pause the writers. */
    @JsonProperty("Enforce") ENFORCE
}

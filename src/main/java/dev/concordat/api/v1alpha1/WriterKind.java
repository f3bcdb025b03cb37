package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The kinds of workload that can be paused. */
public enum WriterKind {
    @JsonProperty("Deployment") DEPLOYMENT
}

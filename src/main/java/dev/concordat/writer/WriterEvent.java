package dev.concordat.writer;

/** A transition that people want to see as an Event of the contract. */
public record WriterEvent(boolean warning, String reason, String message) {}

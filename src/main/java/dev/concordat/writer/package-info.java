/**
 * Claims on writers and the pause protocol. A pause survives a crash at any instruction: what it was is saved before the change and again with
 * it, in one request on the writer itself, is never overwritten, and is restored exactly, only where our value still stands.
 */
package dev.concordat.writer;

/**
 * What a data store can do for a comparison: log in with a pinned session, read its catalogue, render canonical SQL, and say in words
 * for people why it refused. One sub-package per engine; nothing outside them knows a dialect.
 */
package dev.concordat.store;

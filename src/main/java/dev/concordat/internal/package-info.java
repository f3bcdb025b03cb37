/**
 * The kinds of group {@code internal.concordat.dev}: orders to and reports from the data plane. Each has an order as its spec, which the operator alone writes, and a
 * report as its status, which the data plane alone writes. In a group of their own they meet no object of a user, and no built-in role reaches them.
 */
package dev.concordat.internal;

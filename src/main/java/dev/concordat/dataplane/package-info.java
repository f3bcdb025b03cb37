/**
 * The data plane's programs, the checksum worker and the prober, and how they are ordered and report: objects of group {@code internal.concordat.dev} in their own
 * namespace, whose spec they read and whose status they write, and nothing else of the cluster.
 */
package dev.concordat.dataplane;

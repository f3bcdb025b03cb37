/**
 * The data plane's programs, the checksum worker and the prober, and how they report: ConfigMaps of their own namespace, written with
 * the verbs get, create and patch, and nothing else of the cluster.
 */
package dev.concordat.dataplane;

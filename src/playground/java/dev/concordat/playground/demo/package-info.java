/**
 * The two systems of the playground's story: a shop that writes orders to PostgreSQL, and a replicator that copies them to the storefront's
 * MariaDB. Ordinary programs: they know nothing of Concordat, and Concordat knows of them only what the contract says.
 */
package dev.concordat.playground.demo;

/**
 * {@code concordat compare}: the worker's engine from a laptop, without a cluster. Options, URLs and contract files are read strictly and mistakes are told
 * in one line; the result goes to standard output and everything else to standard error.
 */
package dev.concordat.cli.compare;

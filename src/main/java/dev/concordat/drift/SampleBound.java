package dev.concordat.drift;

/**
 * What a sample proves.
 *
 * @param units   drawn
 * @param total   to draw from
 * @param drifted of the drawn ones, those that hold a difference
 */
record SampleBound(long units, long total, long drifted) {
    private static final double CONFIDENCE = 0.95;

    /**
     * The largest share of units with a difference, per million, that this sample leaves possible with 95 % confidence: Clopper and Pearson's upper bound (Biometrika 26,
     * 1934), one-sided; about 3/n where none was found.
     */
    long boundPpm() {
        if (units == 0 || drifted >= units) {
            return 1_000_000;
        }
        if (units >= total) {
            return Math.ceilDiv(drifted * 1_000_000, Math.max(1, total));
        }
        double low = (double) drifted / units;
        double high = 1;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (atMost(drifted, units, middle) > 1 - CONFIDENCE) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (long) Math.ceil(high * 1_000_000);
    }

    /** Probability of at most k successes in n draws with probability p, summed in logarithms. */
    private static double atMost(long k, long n, double p) {
        double logTerm = n * Math.log1p(-p);
        double odds = Math.log(p) - Math.log1p(-p);
        double sum = 0;
        for (long i = 0; i <= k; i++) {
            sum += Math.exp(logTerm);
            logTerm += Math.log((double) (n - i) / (i + 1)) + odds;
        }
        return sum;
    }
}

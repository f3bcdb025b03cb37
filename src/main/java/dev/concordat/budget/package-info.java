/**
 * Slices, the error budget and the decision to pause or resume. Pure: no I/O, and the time is passed in.
 *
 * <p>The budget is counted in time slices over a rolling window (OpenSLO calls the method Timeslices). Allowed bad slices
 * {@code A = (1 - target) * window / slice}; it comes from the whole window, so that unknown time neither shrinks nor grows it.
 */
package dev.concordat.budget;

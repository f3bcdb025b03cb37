package dev.concordat.drift;

import dev.concordat.store.StoreException;

/** Goes through both tables and hands every record that looks different to {@link Settling}. */
interface Scan {
    /** One lane's share of the work; returns when nothing is left for it. Called once by each lane, at the same time. */
    void run(Lane lane) throws StoreException;
}

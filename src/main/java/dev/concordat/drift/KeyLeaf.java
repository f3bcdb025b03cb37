package dev.concordat.drift;

/** Two ways to put records into leaves by their keys alone, independent of one another: records that one puts together the other sets apart. */
enum KeyLeaf {
    COARSE, FINE
}

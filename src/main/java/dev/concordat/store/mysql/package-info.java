/** MySQL: what its manual says differs from MariaDB. */
package dev.concordat.store.mysql;

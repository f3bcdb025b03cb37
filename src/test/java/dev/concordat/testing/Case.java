package dev.concordat.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * A reported case that this test holds. {@code ./concordat test --cases} runs all tests with one and prints a table of them: what was reported, what was seen
 * before, and what the test proves now.
 */
@Documented
@Tag("case")
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Case.Several.class)
public @interface Case {
    /** Where the case was reported, such as {@code compare 1}, {@code logic A0}, {@code operator 12}. */
    String value();

    /** What was seen when it was reported, in a few words. */
    String before();

    /** What the test holds, in a few words. */
    String now();

    /** More than one case. */
    @Documented
    @Tag("case")
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @interface Several {
        Case[] value();
    }
}

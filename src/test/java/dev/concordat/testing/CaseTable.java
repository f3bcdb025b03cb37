package dev.concordat.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes a line for each {@link Case} whose test ended to the file that the system property {@code concordat.cases} names: case, result, before, now and
 * test, separated by tabs. Without the property it does nothing. Found by the JUnit platform as a service.
 */
public final class CaseTable implements TestExecutionListener {
    private final Path file = System.getProperty("concordat.cases") == null ? null : Path.of(System.getProperty("concordat.cases"));
    /** By method; a test with several invocations holds its case only if all of them do. */
    private final Map<Method, Boolean> results = new ConcurrentHashMap<>();

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (file == null) {
            return;
        }
        boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
        test.getSource().filter(MethodSource.class::isInstance).map(MethodSource.class::cast).map(MethodSource::getJavaMethod)
                .ifPresent(method -> results.merge(method, passed, Boolean::logicalAnd));
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (file == null) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        results.forEach((method, passed) -> Arrays.stream(method.getAnnotationsByType(Case.class)).forEach(c -> lines.append(c.value()).append('\t')
                .append(passed ? "holds" : "FAILS").append('\t').append(c.before()).append('\t').append(c.now()).append('\t')
                .append(method.getDeclaringClass().getSimpleName()).append('.').append(method.getName()).append('\n')));
        results.clear();
        try {
            Files.writeString(file, lines, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

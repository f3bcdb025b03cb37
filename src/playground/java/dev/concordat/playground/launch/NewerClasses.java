package dev.concordat.playground.launch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * A copy of a jar whose classes are of version 52 (Java 8). The JVM puts no class into an archive that is older than version 50, and picocli's are of
 * version 49: they lack the stack maps of newer ones, which are computed here.
 */
final class NewerClasses {
    private static final int OLDEST_WITH_STACK_MAPS = 50;

    private NewerClasses() {}

    static void copy(Path from, Path to) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (var in = new ZipInputStream(Files.newInputStream(from))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), in.readAllBytes());
            }
        }
        // The jar's own types first: what two branches of a method have in common is in their hierarchy.
        var own = ClassHierarchyResolver.ofResourceParsing(type -> {
            String name = type.descriptorString();
            byte[] bytes = entries.get(name.substring(1, name.length() - 1) + ".class");
            return bytes == null ? null : new ByteArrayInputStream(bytes);
        });
        var classes = ClassFile.of(ClassFile.ConstantPoolSharingOption.NEW_POOL,
                ClassFile.ClassHierarchyResolverOption.of(own.orElse(ClassHierarchyResolver.defaultResolver())));
        try (var out = new ZipOutputStream(Files.newOutputStream(to))) {
            for (var entry : entries.entrySet()) {
                ZipEntry copy = new ZipEntry(entry.getKey());
                // The same bytes from the same jar, whenever it is made.
                copy.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
                out.putNextEntry(copy);
                out.write(entry.getKey().endsWith(".class") ? raised(classes, entry.getValue()) : entry.getValue());
                out.closeEntry();
            }
        }
    }

    private static byte[] raised(ClassFile classes, byte[] bytes) {
        ClassModel model = classes.parse(bytes);
        return model.majorVersion() >= OLDEST_WITH_STACK_MAPS ? bytes : classes.transformClass(model, (builder, element) -> {
            if (element instanceof ClassFileVersion) {
                builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
            } else {
                builder.with(element);
            }
        });
    }
}

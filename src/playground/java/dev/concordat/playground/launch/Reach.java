package dev.concordat.playground.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which jars a program can reach: every class that a reached class names, in its code, its signatures or as a text that is a class's name, and every
 * provider of a service whose type is reached. So it holds more than a run loads, whatever way the run takes. What is known not to be used, though it is
 * named, is left out by the caller.
 */
final class Reach implements AutoCloseable {
    private static final Pattern IN_DESCRIPTOR = Pattern.compile("L([\\w/$]+);");
    private static final Pattern CLASS_NAME = Pattern.compile("[\\w$]+(?:\\.[\\w$]+)+");
    private static final String SERVICES = "META-INF/services/";

    private final Map<Path, JarFile> jars = new LinkedHashMap<>();
    private final Map<String, Path> places = new HashMap<>();
    private final Map<String, List<String>> providers = new HashMap<>();

    Reach(List<Path> files) throws IOException {
        for (Path file : files) {
            JarFile jar = new JarFile(file.toFile());
            jars.put(file, jar);
            for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                String name = entry.getName();
                if (name.endsWith(".class") && !name.startsWith("META-INF")) {
                    places.putIfAbsent(name.substring(0, name.length() - 6), file);
                } else if (name.startsWith(SERVICES) && !entry.isDirectory()) {
                    providers.computeIfAbsent(name.substring(SERVICES.length()).replace('.', '/'), type -> new ArrayList<>())
                            .addAll(providers(new String(read(jar, entry), StandardCharsets.UTF_8)));
                }
            }
        }
    }

    /**
     * The jars of a program, in the order of the class path.
     *
     * @param roots names of classes
     * @param never names, with slashes, that are not followed
     */
    List<Path> of(List<String> roots, Predicate<String> never) throws IOException {
        Set<Path> used = new HashSet<>();
        Set<String> seen = new HashSet<>();
        Deque<String> next = new ArrayDeque<>();
        roots.forEach(root -> next.add(root.replace('.', '/')));
        while (!next.isEmpty()) {
            String name = next.poll();
            if (!seen.add(name) || never.test(name)) {
                continue;
            }
            next.addAll(providers.getOrDefault(name, List.of()));
            Path jar = places.get(name);
            if (jar != null) {
                used.add(jar);
                next.addAll(named(jars.get(jar), name));
            }
        }
        return jars.keySet().stream().filter(used::contains).toList();
    }

    private Set<String> named(JarFile jar, String name) throws IOException {
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : ClassFile.of().parse(read(jar, jar.getJarEntry(name + ".class"))).constantPool()) {
            switch (entry) {
                case ClassEntry type -> names.addAll(type.asInternalName().startsWith("[") ? inDescriptor(type.asInternalName())
                        : Set.of(type.asInternalName()));
                case StringEntry text when CLASS_NAME.matcher(text.stringValue()).matches() -> names.add(text.stringValue().replace('.', '/'));
                case Utf8Entry text when text.stringValue().indexOf(';') > 0 -> names.addAll(inDescriptor(text.stringValue()));
                default -> { }
            }
        }
        return names;
    }

    private static Set<String> inDescriptor(String descriptor) {
        Set<String> names = new HashSet<>();
        Matcher matcher = IN_DESCRIPTOR.matcher(descriptor);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    private static List<String> providers(String file) {
        return file.lines().map(line -> line.replaceAll("#.*", "").strip()).filter(line -> !line.isEmpty()).map(line -> line.replace('.', '/')).toList();
    }

    private static byte[] read(JarFile jar, JarEntry entry) {
        try (var in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (JarFile jar : jars.values()) {
            jar.close();
        }
    }
}

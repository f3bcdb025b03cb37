package dev.concordat;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The floor plan of docs/architecture.md: which package may know which, and what the pure ones do without. */
class ArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.concordat");
    /** A source set of its own, compiled for users beside the program. */
    private static final JavaClasses PLAYGROUND = new ClassFileImporter().importPath(Path.of("target/playground/classes"));

    @Test
    void theClassesAreThere() {
        assertThat(MAIN).as("compiled classes; the other rules hold for any empty set").hasSizeGreaterThan(30);
        assertThat(PLAYGROUND).as("compiled classes of the playground").hasSizeGreaterThan(20);
    }

    @Test
    void theProgramKnowsNothingOfThePlayground() {
        check(noClasses().should().resideInAPackage("dev.concordat.playground..")
                .orShould().dependOnClassesThat().resideInAnyPackage("dev.concordat.playground..", "io.zonky..", "ch.vorburger..",
                        "org.springframework..", "org.apache.commons..", "org.tukaani..")
                .because("worker, operator and command line are installed without its classes and libraries (pom.xml: scope provided)"));
    }

    @Test
    void dependenciesFollowTheArrows() {
        layeredArchitecture().consideringOnlyDependenciesInLayers()
                .layer("api").definedBy("dev.concordat.api..")
                .layer("report").definedBy("dev.concordat.report..")
                .layer("internal").definedBy("dev.concordat.internal..")
                .layer("contract").definedBy("dev.concordat.contract..")
                .layer("store").definedBy("dev.concordat.store..")
                .layer("drift").definedBy("dev.concordat.drift..")
                .layer("dataplane").definedBy("dev.concordat.dataplane..")
                .layer("budget").definedBy("dev.concordat.budget..")
                .layer("writer").definedBy("dev.concordat.writer..")
                .layer("operator").definedBy("dev.concordat.operator..")
                .layer("cli").definedBy("dev.concordat.cli..")
                .whereLayer("cli").mayNotBeAccessedByAnyLayer()
                .whereLayer("operator").mayOnlyBeAccessedByLayers("cli")
                .whereLayer("writer").mayOnlyBeAccessedByLayers("operator", "cli")
                .whereLayer("budget").mayOnlyBeAccessedByLayers("operator", "writer", "cli")
                .whereLayer("dataplane").mayOnlyBeAccessedByLayers("cli")
                .whereLayer("drift").mayOnlyBeAccessedByLayers("dataplane", "cli")
                .whereLayer("store").mayOnlyBeAccessedByLayers("drift", "dataplane", "cli")
                .whereLayer("internal").mayOnlyAccessLayers("report", "api")
                .whereLayer("contract").mayOnlyAccessLayers("api")
                .whereLayer("report").mayOnlyAccessLayers("api")
                .whereLayer("api").mayNotAccessAnyLayer()
                .check(MAIN);
    }

    @Test
    void packagesFormNoCycle() {
        check(SlicesRuleDefinition.slices().matching("dev.concordat.(*)..").should().beFreeOfCycles());
    }

    @Test
    void decisionsTouchNoClusterAndNoDatabase() {
        check(noClasses().that().resideInAnyPackage("dev.concordat.budget..", "dev.concordat.contract..", "dev.concordat.report..")
                .should().dependOnClassesThat(resideInAnyPackage(
                        "io.fabric8.kubernetes.client..", "io.javaoperatorsdk..", "io.quarkus..", "java.sql..", "javax.sql..", "java.net..", "java.nio.file..", "java.io.."))
                .because("a decision is a pure function of what was gathered"));
    }

    @Test
    void decisionsAreGivenTheTime() {
        check(noClasses().that().resideInAnyPackage("dev.concordat.budget..", "dev.concordat.contract..", "dev.concordat.api..", "dev.concordat.report..", "dev.concordat.writer..")
                .should().callMethod(System.class, "currentTimeMillis").orShould().callMethod(System.class, "nanoTime")
                .orShould().callMethod(Clock.class, "systemUTC").orShould().callMethod(Clock.class, "systemDefaultZone")
                .orShould().callMethod(Instant.class, "now").orShould().callMethod(LocalDate.class, "now").orShould().callMethod(LocalDateTime.class, "now")
                .orShould().callMethod(OffsetDateTime.class, "now").orShould().callMethod(ZonedDateTime.class, "now")
                .because("clocks are passed in"));
    }

    @Test
    void onlyTheDataPlaneTalksToDatabases() {
        check(noClasses().that().resideInAnyPackage("dev.concordat.operator..", "dev.concordat.writer..", "dev.concordat.budget..")
                .should().dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..", "org.mariadb..", "com.zaxxer.."))
                .because("the control plane holds no credential"));
    }

    @Test
    void theControlPlaneCannotNameASecret() {
        check(noClasses().that().resideInAnyPackage("dev.concordat.operator..", "dev.concordat.writer..")
                .should().dependOnClassesThat().haveFullyQualifiedName("io.fabric8.kubernetes.api.model.Secret")
                .orShould().dependOnClassesThat().haveFullyQualifiedName("io.fabric8.kubernetes.api.model.SecretList")
                .orShould().dependOnClassesThat().haveFullyQualifiedName("io.fabric8.kubernetes.api.model.SecretBuilder")
                .because("Secrets are mounted by the kubelet; the operator has no right to read one"));
    }

    @Test
    void theDataPlaneKnowsNoOperatorFramework() {
        check(noClasses().that().resideInAnyPackage("dev.concordat.dataplane..", "dev.concordat.drift..", "dev.concordat.store..")
                .should().dependOnClassesThat().resideInAnyPackage("io.quarkus..", "io.javaoperatorsdk..", "jakarta.enterprise..", "jakarta.inject..")
                .because("a worker queries a database within a second of its start"));
    }

    @Test
    void theOperatorNeverSleeps() {
        check(noClasses().that().resideInAnyPackage("dev.concordat.operator..", "dev.concordat.writer..", "dev.concordat.budget..")
                .should().callMethod(Thread.class, "sleep", long.class).orShould().callMethod(Thread.class, "sleep", long.class, int.class)
                .orShould().callMethod(Thread.class, "sleep", java.time.Duration.class).orShould().callMethod(TimeUnit.class, "sleep", long.class)
                .because("a waiting reconciler holds up others: it asks to be called again"));
    }

    @Test
    void namesSayWhatAThingIs() {
        ArchRule rule = noClasses().should().haveSimpleNameEndingWith("Manager").orShould().haveSimpleNameEndingWith("Helper")
                .orShould().haveSimpleNameEndingWith("Util").orShould().haveSimpleNameEndingWith("Utils").orShould().haveSimpleNameEndingWith("Impl");
        rule.check(MAIN);
        rule.check(PLAYGROUND);
    }

    @Test
    void everyClassStandsOnAFloor() {
        check(classes().should().resideInAnyPackage(
                "dev.concordat.api..", "dev.concordat.report..", "dev.concordat.internal..", "dev.concordat.contract..", "dev.concordat.store..", "dev.concordat.drift..",
                "dev.concordat.dataplane..", "dev.concordat.budget..", "dev.concordat.writer..", "dev.concordat.operator..", "dev.concordat.cli.."));
    }

    @Test
    void nothingIsPrintedButByCommands() {
        check(noClasses().that(not(resideInAPackage("dev.concordat.cli..")))
                .should().accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould().callMethod(Throwable.class, "printStackTrace"));
    }

    private static void check(ArchRule rule) {
        rule.check(MAIN);
    }
}

package dev.concordat.operator;

import dev.concordat.report.Json;
import dev.concordat.report.RunReport;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.Map;

/**
 * Cache of run reports that keeps the first few records of each and no checkpoint: evidence can be a megabyte, and the operator only quotes from it
 * (operators with whole ConfigMaps in their informers ran out of memory, kroxylicious issue 2246).
 */
final class ReportStore extends BasicItemStore<ConfigMap> {
    private static final int RECORDS = 3;

    ReportStore() {
        super(Cache::metaNamespaceKeyFunc);
    }

    @Override
    public ConfigMap put(String key, ConfigMap map) {
        return super.put(key, reduced(map));
    }

    /** What is kept is not what the API server has. */
    @Override
    public boolean isFullState() {
        return false;
    }

    static ConfigMap reduced(ConfigMap map) {
        String text = map.getData() == null ? null : map.getData().get(RunReport.DATA_KEY);
        return Json.find(text, RunReport.class).filter(report -> report.records().size() > RECORDS || report.checkpoint() != null)
                .map(r -> r.withRecords(r.records().subList(0, Math.min(RECORDS, r.records().size()))).withoutCheckpoint())
                .map(r -> new ConfigMapBuilder(map).withData(Map.of(RunReport.DATA_KEY, Json.write(r))).build())
                .orElse(map);
    }
}
